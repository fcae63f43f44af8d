// What the page knows, who wants to hear of it, and the one place where drawing is begun.

/** The latest of each message, and what is selected. */
export const store = { welcome: null, state: null, frame: null, selection: null };

const readingPause = 50;
const storeListeners = new Map();
const drawCallbacks = [];
const afterDrawCallbacks = [];
const drawing = { asked: false };

/**
 * Call `callback(value)` whenever a message of this kind is published.
 * @param {string} kind
 * @param {(value: any) => void} callback
 */
export function subscribe(kind, callback) {
  if (!storeListeners.has(kind)) storeListeners.set(kind, []);
  storeListeners.get(kind).push(callback);
}

/**
 * Keep a message if it is one of `store`'s, tell whoever subscribed, and have everything drawn.
 * @param {string} kind
 * @param {any} value
 */
export function publish(kind, value) {
  if (kind in store) store[kind] = value;
  for (const callback of storeListeners.get(kind) ?? []) callOne(callback, value);
  requestDraw();
}

/**
 * Register a view: `callback(time)` is called once per animation frame in which there is news.
 * @param {(time: number) => void} callback
 */
export function onDraw(callback) {
  drawCallbacks.push(callback);
}

/**
 * Register a view of what nobody reads 60 times a second, such as numbers: while the network plays,
 * `callback(time)` is called every 50 ms at most.
 * @param {(time: number) => void} callback
 */
export function onDrawToRead(callback) {
  const last = { time: -readingPause, timer: null };
  onDraw((time) => {
    const wait = store.frame?.playing ? last.time + readingPause - time : 0;
    if (wait <= 0) {
      last.time = time;
      callback(time);
    } else if (last.timer === null) {
      last.timer = setTimeout(() => {
        last.timer = null;
        requestDraw();
      }, wait);
    }
  });
}

/**
 * Register what is done when all views have drawn.
 * @param {() => void} callback
 */
export function afterDraw(callback) {
  afterDrawCallbacks.push(callback);
}

/** Have all views draw in the next animation frame (once, however often this is called). */
export function requestDraw() {
  if (drawing.asked) return;
  drawing.asked = true;
  requestAnimationFrame(drawEverything);
}

function drawEverything(time) {
  drawing.asked = false;
  for (const callback of drawCallbacks) callOne(callback, time);
  for (const callback of afterDrawCallbacks) callOne(callback, time);
}

// One view that fails must not stop the others.
function callOne(callback, value) {
  try {
    callback(value);
  } catch (error) {
    reportError(error);
  }
}
