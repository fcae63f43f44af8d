// Settings on their way to the server: sent at most every 50 ms, the last one wins; and what a
// control shows until the answer is there.

import { source } from "./source.js";
import { publish, store, subscribe } from "./store.js";

const sendPause = 50;
const answerPause = 1000;
const wanted = new Map();
const throttles = new Map();

/**
 * Ask for a setting's value.
 * @param {string} name
 * @param {any} value
 */
export function wantSetting(name, value) {
  const wish = { value, id: null };
  wanted.set(name, wish);
  throttle(`set ${name}`, () => {
    wish.id = source.send("set", { name, value });
  });
  setTimeout(() => giveUp(name, wish), answerPause);
}

function giveUp(name, wish) {
  if (wanted.get(name) !== wish) return;
  wanted.delete(name);
  publish("unanswered", name);
}

/**
 * A setting's value as the person has it: what was asked for last, or what the server said.
 * @param {string} name
 * @returns {any}
 */
export function wantedSetting(name) {
  return waitsForAnswer(name) ? wanted.get(name).value : store.state?.settings[name];
}

/**
 * Whether the answer to the last wish is not there yet (and may still be hoped for).
 * @param {string} name
 * @returns {boolean}
 */
export function waitsForAnswer(name) {
  return wanted.has(name);
}

/**
 * Do it now or soon: at most every 50 ms for each `key`, and of several only the last.
 * @param {string} key
 * @param {() => void} action
 */
export function throttle(key, action) {
  if (throttles.has(key)) {
    throttles.set(key, action);
    return;
  }
  action();
  throttles.set(key, null);
  setTimeout(() => runThrottled(key), sendPause);
}

function runThrottled(key) {
  const action = throttles.get(key);
  throttles.delete(key);
  if (action) throttle(key, action);
}

/** Watch for answers; must be called before any control subscribes. */
export function watchAnswers() {
  subscribe("state", (state) => {
    for (const [name, wish] of wanted) {
      const answered = wish.id !== null && state.to >= wish.id;
      const agreed = JSON.stringify(state.settings[name]) === JSON.stringify(wish.value);
      if (answered || agreed) wanted.delete(name);
    }
  });
  subscribe("note", (note) => {
    if (note.kind === "error" && note.about) wanted.delete(note.about);
  });
}
