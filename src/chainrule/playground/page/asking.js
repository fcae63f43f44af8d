// Selecting something and asking for what there is to tell of it, which belong together.

import { source } from "./source.js";
import { publish } from "./store.js";

// The last question, until it is answered or nobody wants to know any more.
const question = { id: null, type: null };

/**
 * Send a row through the network, and have its six steps told.
 * @param {number} row
 */
export function sendRowThrough(row) {
  publish("selection", { kind: "point", row });
  source.send("pick", { row });
  ask("explain", {});
}

/**
 * Select a node, a weight or a bias, and have it opened.
 * @param {object} place
 */
export function openPlace(place) {
  publish("selection", place);
  // All weights of a picture's pixels together are nothing that has numbers.
  if (place.kind === "weight" && place.from === null) forgetQuestion();
  else ask(...requestOf(place));
}

/** Let go of what is selected, and of the point that was sent through. */
export function letGo() {
  publish("selection", null);
  source.send("pick", { row: null });
}

/**
 * Ask for what there is to tell.
 * @param {string} type
 * @param {object} fields
 */
export function ask(type, fields) {
  question.type = type;
  question.id = source.send(type, fields);
}

/** Whether an answer is still waited for; @returns {boolean} */
export function isAsking() {
  return question.id !== null;
}

/**
 * Whether a message answers the last question: answers to earlier ones come too late.
 * @param {object} message
 * @returns {boolean}
 */
export function answersQuestion({ to }) {
  if (!isAsking() || to !== question.id) return false;
  question.id = null;
  return true;
}

/**
 * Nobody wants to know any more what was asked last.
 * @param {string} [type] only if it was such a question
 */
export function forgetQuestion(type = question.type) {
  if (type === question.type) question.id = null;
}

/**
 * The message that asks for what there is to tell of a selection.
 * @param {object} selection
 * @returns {[string, object]}
 */
export function requestOf({ kind, layer, node, from, to }) {
  if (kind === "point") return ["explain", {}];
  if (kind === "node") return ["inspect", { node: { layer, node } }];
  if (kind === "bias") return ["inspect", { weight: { layer, from: null, to: node } }];
  return ["inspect", { weight: { layer, from, to } }];
}
