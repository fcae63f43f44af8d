// Settings on their way to the server, of which the last one wins; and what a control shows until
// the answer is there.

import { source } from "./source.js";
import { publish, store, subscribe } from "./store.js";
import { throttle } from "./throttle.js";

// As a last resort: whatever is heard is answered.
const answerPause = 10_000;
const wanted = new Map();

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

// Nothing is known of it any more.
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

/** Watch for answers; must be called before any control subscribes. */
export function watchAnswers() {
  // A state has all that was set before, and a note is about one wish: neither answers later ones.
  subscribe("state", ({ to }) => forget((id) => to >= id));
  subscribe("note", ({ to }) => forget((id) => to === id));
  // What was on its way when the connection was lost never came; when it is back, a state follows.
  subscribe("connection", () => {
    for (const [name, wish] of [...wanted]) giveUp(name, wish);
  });
}

function forget(isAnswered) {
  for (const [name, { id }] of wanted) if (id !== null && isAnswered(id)) wanted.delete(name);
}
