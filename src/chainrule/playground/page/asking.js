// Selecting something and asking for what there is to tell of it, which belong together.

import { source } from "./source.js";
import { publish } from "./store.js";

/**
 * Send a row through the network, and have its six steps told.
 * @param {number} row
 */
export function sendRowThrough(row) {
  publish("selection", { kind: "point", row });
  source.send("pick", { row });
  source.send("explain", {});
}

/**
 * Select a node, a weight or a bias, and have it opened.
 * @param {object} place
 */
export function openPlace(place) {
  publish("selection", place);
  // All weights of a picture's pixels together are nothing that has numbers.
  if (place.kind !== "weight" || place.from !== null) source.send(...requestOf(place));
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
