// What nodes, weights and biases are called: by sign, as in the worked example, and in words.

import { lowered, raised } from "./drawing.js";

/**
 * @typedef {{kind: "node", layer: number, node: number}
 *   | {kind: "weight", layer: number, from: number|null, to: number}
 *   | {kind: "bias", layer: number, node: number}} Place
 */

/** A text that is the same for the same place; @param {Place} place @returns {string} */
export function placeKey(place) {
  if (place.kind === "weight") return `weight ${place.layer} ${place.from} ${place.to}`;
  return `${place.kind} ${place.layer} ${place.node}`;
}

/**
 * The sign of a node's value: x₁ or the input's own name, h¹₂, ŷ or ŷ₃.
 * @param {object} network of the state message
 * @param {number} layer
 * @param {number} node
 * @returns {string}
 */
export function nodeSign(network, layer, node) {
  const last = network.sizes.length - 1;
  if (layer === 0) return network.inputs[node] ?? `x${lowered(node + 1)}`;
  const index = network.sizes[layer] === 1 && layer === last ? "" : lowered(node + 1);
  return layer === last ? `ŷ${index}` : `h${raised(layer)}${index}`;
}

/** A node in words, for whoever does not see the picture; @returns {string} */
export function nodeWords(network, layer, node) {
  const last = network.sizes.length - 1;
  if (layer === 0) return `input ${node + 1}, ${network.inputs[node] ?? ""}`;
  if (layer < last) return `hidden layer ${layer}, node ${node + 1}`;
  const name = outputName(network, node);
  return network.sizes[layer] === 1 ? `output, ${name}` : `output ${node + 1}, ${name}`;
}

/** What an output stands for; @returns {string} */
export function outputName(network, node) {
  const { outputs, sizes } = network;
  if (outputs.length > sizes[sizes.length - 1]) return outputs[outputs.length - 1];
  return outputs[node] ?? "";
}

// W²₃,₁: of layer 2, from node 3 to node 1.
function weightSign({ layer, from, to }) {
  return `W${raised(layer)}${lowered(from + 1)},${lowered(to + 1)}`;
}

function biasSign({ layer, node }) {
  return `b${raised(layer)}${lowered(node + 1)}`;
}

/**
 * A place's sign and what it is in words.
 * @param {object} network
 * @param {Place} place
 * @returns {{sign: string, words: string}}
 */
export function placeNames(network, place) {
  if (place.kind === "node") {
    const { layer, node } = place;
    return { sign: nodeSign(network, layer, node), words: nodeWords(network, layer, node) };
  }
  if (place.kind === "bias") {
    const words = `bias of ${nodeWords(network, place.layer, place.node)}`;
    return { sign: biasSign(place), words };
  }
  const target = nodeWords(network, place.layer, place.to);
  if (place.from === null) {
    return { sign: `W${raised(place.layer)}`, words: `weights to ${target}` };
  }
  const origin = nodeWords(network, place.layer - 1, place.from);
  return { sign: weightSign(place), words: `weight from ${origin} to ${target}` };
}
