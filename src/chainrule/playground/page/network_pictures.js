// The nodes' small pictures, all on one canvas behind the shapes.

import { colorBytes, signedTable } from "./colors.js";
import { writeText } from "./elements.js";
import { nodeSign } from "./network_names.js";
import { hasPictures } from "./network_shapes.js";
import { meanPicture, pictureOfRow } from "./pixels.js";

/**
 * Draw every node's picture from the frame's bytes (128 is 0).
 * @param {object} view
 * @param {object} frame
 */
export function drawNodePictures(view, frame) {
  const { context, laid } = view;
  context.clearRect(0, 0, laid.width, laid.height);
  const nodes = frame.arrays.nodes;
  if (nodes) {
    fillSheet(view, nodes);
    pastePictures(view, nodes);
  }
  if (laid.image) drawInputPicture(view);
}

// Pictures one above the other: one transfer of bytes for all.
function fillSheet(view, { data, shape }) {
  const [count, high, wide] = shape;
  if (!view.sheet || view.sheet.width !== wide || view.sheet.height !== count * high) {
    view.sheet = document.createElement("canvas");
    view.sheet.width = wide;
    view.sheet.height = count * high;
    view.sheetContext = view.sheet.getContext("2d");
    view.sheetImage = view.sheetContext.createImageData(wide, count * high);
    view.sheetPixels = new Uint32Array(view.sheetImage.data.buffer);
  }
  const table = signedTable();
  const pixels = view.sheetPixels;
  for (let i = 0; i < data.length; i += 1) pixels[i] = table[data[i]];
  view.sheetContext.putImageData(view.sheetImage, 0, 0);
}

function pastePictures(view, { shape }) {
  const { context, laid } = view;
  const [count, high, wide] = shape;
  context.imageSmoothingEnabled = !laid.image;
  let at = 0;
  laid.sizes.forEach((nodes, layer) => {
    const side = laid.sides[layer];
    const x = laid.columns[layer] - side / 2;
    for (let node = 0; node < nodes && at < count; node += 1, at += 1) {
      if (!hasPictures(view, layer)) continue;
      const y = laid.heights[layer][node] - side / 2;
      context.drawImage(view.sheet, 0, at * high, wide, high, x, y, side, side);
    }
  });
}

// The picture of all inputs: the weights of the node one looks at, or else the point sent through.
function drawInputPicture(view) {
  const { rows, columns, x, y, cell } = view.laid.image;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const node = lookedAt(view);
  const sent = node === null ? pictureOfRow(view.data, view.picked) : null;
  if (node !== null) weightPixels(view, node, pixels);
  else inkPixels(sent ?? meanPicture(view.data), pixels);
  writeText(view.caption, node !== null ? `weights to ${nodeSign(view.network, 1, node)}`
    : sent ? "sent through" : `${rows} × ${columns} pixels: their mean`);
  context.putImageData(image, 0, 0);
  view.context.imageSmoothingEnabled = false;
  view.context.drawImage(canvas, x, y, columns * cell, rows * cell);
}

function lookedAt(view) {
  for (const place of [view.hovered, view.selected]) {
    if (place?.kind === "node" && place.layer === 1) return place.node;
    if (place?.kind === "weight" && place.layer === 1) return place.to;
  }
  return null;
}

function weightPixels(view, node, pixels) {
  const width = view.laid.sizes[1];
  const table = signedTable();
  let most = 1e-9;
  const weight = (i) => view.weights[i * width + node];
  pixels.forEach((_, i) => {
    most = Math.max(most, Math.abs(weight(i)));
  });
  pixels.forEach((_, i) => {
    pixels[i] = table[Math.round((weight(i) / most) * 127) + 128];
  });
}

function inkPixels(bytes, pixels) {
  const [paper, ink] = [colorBytes("paper"), colorBytes("ink")];
  pixels.forEach((_, i) => {
    const part = (bytes?.[i] ?? 0) / 255;
    const [r, g, b] = paper.map((value, c) => Math.round(value + part * (ink[c] - value)));
    pixels[i] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}
