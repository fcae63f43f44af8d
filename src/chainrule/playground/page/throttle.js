// What is sent at most every 50 ms, such as a slider's values, and still before all that is done
// after it.

const sendPause = 50;
const throttles = new Map(); // what is still to be done, in the order in which it was asked for

/**
 * Do it now or soon: at most every 50 ms for each `key`, and of several only the last.
 * @param {string} key
 * @param {() => void} action
 */
export function throttle(key, action) {
  const waits = throttles.delete(key);
  throttles.set(key, waits ? action : null);
  if (waits) return;
  setTimeout(() => endPause(key), sendPause);
  action();
}

/** Do at once what still waits: something else is about to be sent. */
export function doWaiting() {
  const waiting = [...throttles].filter(([, action]) => action !== null);
  for (const [key] of waiting) throttles.set(key, null);
  for (const [, action] of waiting) action();
}

function endPause(key) {
  if (throttles.get(key) === null) {
    throttles.delete(key);
    return;
  }
  setTimeout(() => endPause(key), sendPause);
  doWaiting();
}
