// Where the nodes and edges of a network stand: positions only, worked out once for each shape.

import { bounded } from "./drawing.js";

const leastHeight = 456;
const mostHeight = 640;
const longestRow = 76;
const shortestRow = 15;
const manyInputs = 24;
const headRoom = 8;

/**
 * @typedef {object} NetworkLayout
 * @property {number} width
 * @property {number} height
 * @property {number[]} sizes nodes of each layer, inputs first
 * @property {number} pictureSide side of a node's picture
 * @property {number[]} sides side of a node's picture, by layer
 * @property {number[]} rows distance between the nodes of a layer, by layer
 * @property {number[]} columns x of each layer's middle
 * @property {number[][]} heights y of each node's middle, by layer
 * @property {number} columnWidth distance between layers
 * @property {null|{x: number, y: number, side: number, rows: number, columns: number}} image
 *   the one picture of all inputs, where they are pixels
 */

/**
 * Lay a network out.
 * @param {number[]} sizes
 * @param {number} width what there is of it, CSS pixels
 * @param {{before: number, after: number, image: null|{rows: number, columns: number}}} room
 *   room for names before the inputs and after the outputs
 * @returns {NetworkLayout}
 */
export function layNetwork(sizes, width, { before, after, image }) {
  const crowded = Math.max(...sizes.slice(1));
  const fullHeight = bounded(width * 0.5, leastHeight, mostHeight);
  const row = bounded(fullHeight / crowded, 30, longestRow);
  const rows = sizes.map(() => row);
  // Inputs may be many more than nodes: they stand closer, and have no pictures when it is tight.
  rows[0] = bounded(fullHeight / sizes[0], shortestRow, row);
  const sides = rows.map((each) => Math.round(bounded(each - 9, 9, 50)));
  const pictureSide = sides[1];
  const imageSide = image ? bounded(width * 0.22, 96, 168) : 0;
  const columns = placeColumns(sizes.length, { width, before, after, pictureSide, imageSide });
  const tallest = Math.max(imageSide, ...sizes.map((n, l) => (image && l === 0 ? 0 : n * rows[l])));
  const height = Math.max(tallest, 180) + 2 * headRoom;
  const heights = sizes.map((count, layer) =>
    Array.from({ length: count }, (_, i) => height / 2 + (i - (count - 1) / 2) * rows[layer]));
  const laid = { ...columns, height, sizes, pictureSide, sides, rows, heights, image: null };
  if (image) laid.image = placeImage(laid, imageSide, image);
  return laid;
}

function placeColumns(count, { width, before, after, pictureSide, imageSide }) {
  const first = before + (imageSide || pictureSide) / 2;
  const last = after + pictureSide / 2;
  const least = Math.max(pictureSide + 40, 80) + imageSide / 2;
  const columnWidth = Math.max((width - first - last) / (count - 1), least);
  const columns = Array.from({ length: count }, (_, layer) => first + layer * columnWidth);
  return { columns, columnWidth, width: Math.ceil(columns[count - 1] + last) };
}

function placeImage(laid, side, { rows, columns }) {
  const cell = side / Math.max(rows, columns);
  const x = laid.columns[0] - (columns * cell) / 2;
  const y = laid.height / 2 - (rows * cell) / 2;
  laid.heights[0] = laid.heights[0].map((_, i) => y + (Math.floor(i / columns) + 0.5) * cell);
  return { x, y, side, cell, rows, columns };
}

/** Whether inputs are too many for a picture of each; @param {NetworkLayout} laid */
export function inputsAreTight(laid) {
  return !laid.image && laid.sizes[0] > manyInputs;
}

/** Where a pixel of the input picture lies; @returns {{x: number, y: number, side: number}} */
export function pixelPlace(laid, input) {
  const { x, y, cell, columns } = laid.image;
  return {
    x: x + (input % columns) * cell, y: y + Math.floor(input / columns) * cell, side: cell,
  };
}

/**
 * Both ends of an edge.
 * @param {NetworkLayout} laid
 * @param {number} layer of the target
 * @param {number|null} from null: all pixels of the input picture together
 * @param {number} to
 * @returns {{x0: number, y0: number, x1: number, y1: number}}
 */
export function edgeEnds(laid, layer, from, to) {
  const x1 = laid.columns[layer] - laid.sides[layer] / 2;
  const y1 = laid.heights[layer][to];
  if (layer === 1 && laid.image) {
    const { x, side } = laid.image;
    const spread = (y1 - laid.height / 2) / laid.height;
    return { x0: x + side, y0: laid.height / 2 + spread * side, x1, y1 };
  }
  const x0 = laid.columns[layer - 1] + laid.sides[layer - 1] / 2;
  return { x0, y0: laid.heights[layer - 1][from], x1, y1 };
}

/** The edge as a curve of SVG: level at both ends; @returns {string} */
export function edgePath({ x0, y0, x1, y1 }) {
  const middle = (x0 + x1) / 2;
  return `M${x0} ${y0.toFixed(1)}C${middle} ${y0.toFixed(1)} ${middle} ${y1.toFixed(1)} `
    + `${x1} ${y1.toFixed(1)}`;
}

/**
 * A place on an edge, `t` from 0 at its source to 1 at its target.
 * @returns {{x: number, y: number}}
 */
export function edgePoint({ x0, y0, x1, y1 }, t) {
  const back = 1 - t;
  const share = 3 * t * t - 2 * t * t * t;
  const middle = (x0 + x1) / 2;
  const x = back ** 3 * x0 + 3 * back * t * middle + t ** 3 * x1;
  return { x, y: y0 + share * (y1 - y0) };
}

/**
 * How far down an edge runs at `x`: all edges between two layers share their courses from left to
 * right, so that the one nearest to a pointer is found without asking the browser.
 * @returns {number}
 */
export function edgeHeightAt(ends, x) {
  const part = bounded((x - ends.x0) / (ends.x1 - ends.x0), 0, 1);
  let [low, high] = [0, 1];
  for (let i = 0; i < 12; i += 1) {
    const t = (low + high) / 2;
    const at = 1.5 * t * (1 - t) + t ** 3;
    if (at < part) low = t;
    else high = t;
  }
  const t = (low + high) / 2;
  return ends.y0 + (3 * t * t - 2 * t ** 3) * (ends.y1 - ends.y0);
}
