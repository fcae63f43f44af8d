// The plane's colors: what the network says of every cell, and the line where it changes its mind.

import {
  classTable, color, decidedPixel, orderedTable, signedTable, twoClassTable,
} from "./colors.js";
import { drawCurve, hasCurve } from "./plane_curve.js";
import { hasScale } from "./plane_points.js";

const fineSide = 256;

// One pixel for each cell; whoever puts the page together on the screen enlarges that smoothly, at
// less cost than a canvas would.
function paintCells(view, frame) {
  const { level, winner } = frame.arrays;
  const isPlain = !view.data.classes && !hasScale(view);
  view.cells.canvas.hidden = !level || isPlain;
  if (!level || isPlain) return;
  const classes = view.data.classes?.length ?? 0;
  const side = level.shape[0];
  const finer = classes > 0 && (winner || view.decisions) ? Math.ceil(fineSide / side) : 1;
  const pixels = cellPixels(view, side * finer);
  if (finer > 1) {
    const between = betweenCells(view, side, finer);
    if (winner) paintWinners(frame.arrays, between, pixels, winnerTables(view, classes));
    else paintDecisions(level.data, between, pixels);
  } else {
    const table = classes > 0 ? twoClassTable() : orderedTable();
    for (let i = 0; i < pixels.length; i += 1) pixels[i] = table[level.data[i]];
  }
  view.cells.context.putImageData(view.cells.image, 0, 0);
}

function cellPixels(view, side) {
  const { cells } = view;
  if (cells.pixels?.length !== side * side) {
    cells.canvas.width = cells.canvas.height = side;
    cells.context = cells.canvas.getContext("2d");
    cells.image = cells.context.createImageData(side, side);
    cells.pixels = new Uint32Array(cells.image.data.buffer);
  }
  return cells.pixels;
}

// For each fine pixel of a row or column: the cell before it and how far it is to the next; the
// cell it is in, and how much that and its neighbors count.
function betweenCells(view, side, finer) {
  if (view.between?.side === side) return view.between;
  const wide = side * finer;
  const cell = new Uint16Array(wide);
  const part = new Float32Array(wide);
  const near = new Uint16Array(wide);
  const weights = new Float32Array(3 * wide);
  for (let i = 0; i < wide; i += 1) {
    const at = Math.max(0, Math.min(side - 1, (i + 0.5) / finer - 0.5));
    cell[i] = Math.min(Math.floor(at), side - 2);
    part[i] = at - cell[i];
    near[i] = Math.max(1, Math.min(side - 2, Math.floor((i + 0.5) / finer)));
    const off = Math.max(-0.5, Math.min(0.5, (i + 0.5) / finer - 0.5 - near[i]));
    weights.set([0.5 * (0.5 - off) ** 2, 0.75 - off ** 2, 0.5 * (0.5 + off) ** 2], 3 * i);
  }
  view.between = { side, wide, cell, part, near, weights };
  return view.between;
}

// Between the middles of cells the probability is interpolated, so that the border has no steps.
function paintDecisions(bytes, between, pixels) {
  const { wide } = between;
  const [first, second] = [decidedPixel(0), decidedPixel(1)];
  for (let y = 0; y < wide; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      pixels[y * wide + x] = levelBetween(bytes, between, x, y) >= 128 ? second : first;
    }
  }
}

function levelBetween(bytes, { side, cell, part }, x, y) {
  const at = cell[y] * side + cell[x];
  const low = at + side;
  const above = bytes[at] + part[x] * (bytes[at + 1] - bytes[at]);
  const below = bytes[low] + part[x] * (bytes[low + 1] - bytes[low]);
  return Math.round(above + part[y] * (below - above));
}

function winnerTables(view, classes) {
  return Array.from({ length: classes }, (_, i) => (view.decisions
    ? new Uint32Array(256).fill(decidedPixel(i)) : classTable(i, classes)));
}

// Of the nine cells around a pixel the class with the most probability in it wins, the nearer
// cells counting more (a quadratic B-spline): a border of cells becomes a curve.
function paintWinners({ level, winner }, between, pixels, tables) {
  const { side, wide, near, weights } = between;
  const bytes = level.data;
  const classes = winner.data;
  const share = new Float32Array(tables.length);
  for (let y = 0; y < wide; y += 1) {
    const row = near[y];
    for (let x = 0; x < wide; x += 1) {
      const at = row * side + near[x];
      let best = classes[at];
      if (isInside(classes, at, side)) {
        pixels[y * wide + x] = tables[best][levelBetween(bytes, between, x, y)];
        continue;
      }
      share.fill(0);
      let sum = 0;
      for (let down = 0; down < 3; down += 1) {
        for (let right = 0; right < 3; right += 1) {
          const cell = at + (down - 1) * side + right - 1;
          const part = weights[3 * y + down] * weights[3 * x + right] * bytes[cell];
          share[classes[cell]] += part;
          sum += part;
        }
      }
      for (let i = 0; i < share.length; i += 1) if (share[i] > share[best]) best = i;
      pixels[y * wide + x] = tables[best][Math.round(sum)];
    }
  }
}

function isInside(classes, at, side) {
  const own = classes[at];
  const [above, below] = [at - side, at + side];
  return classes[at - 1] === own && classes[at + 1] === own
    && classes[above - 1] === own && classes[above] === own && classes[above + 1] === own
    && classes[below - 1] === own && classes[below] === own && classes[below + 1] === own;
}

// What a node responds to, where one looks at a node: its own picture, and where it is 0.
function paintResponse(view, frame) {
  const { data, shape } = frame.arrays.nodes;
  const [, high, wide] = shape;
  const bytes = data.subarray(view.response * high * wide, (view.response + 1) * high * wide);
  const pixels = cellPixels(view, wide);
  const table = signedTable();
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = table[bytes[i]];
  view.cells.canvas.hidden = false;
  view.cells.context.putImageData(view.cells.image, 0, 0);
  const { context, side } = view.field;
  context.strokeStyle = color("ink");
  context.lineWidth = 1;
  strokeLevel(context, { data: bytes, shape: [high, wide] }, 128, side);
}

/**
 * Draw a frame's field: the cells, and the lines of equal level.
 * @param {object} view
 * @param {object} frame
 */
export function drawField(view, frame) {
  const { context, side } = view.field;
  context.clearRect(0, 0, side, side);
  if (view.response >= 0 && frame.arrays.nodes) {
    paintResponse(view, frame);
    return;
  }
  paintCells(view, frame);
  const { level, winner, curve } = frame.arrays;
  if (!level) return;
  if (curve && hasCurve(view)) drawCurve(view, curve);
  else if (view.data.task !== "classification") {
    context.strokeStyle = color("paper");
    context.globalAlpha = 0.45;
    context.lineWidth = 1;
    for (const at of [51, 102, 153, 204]) strokeLevel(context, level, at, side);
    context.globalAlpha = 1;
  } else if (!winner && !isPerceptron(view)) {
    context.strokeStyle = color("ink");
    context.lineWidth = 1.5;
    strokeLevel(context, level, 127.5, side);
  }
}

function isPerceptron(view) {
  return view.network?.model === "perceptron";
}

function strokeLevel(context, level, at, side) {
  const scale = side / level.shape[0];
  context.beginPath();
  eachCrossing(level, at, (x0, y0, x1, y1) => {
    context.moveTo(x0 * scale, y0 * scale);
    context.lineTo(x1 * scale, y1 * scale);
  });
  context.stroke();
}

/**
 * The pieces of the line on which a level has a value (marching squares), in cells from the top
 * left corner of the plane.
 * @param {{data: Uint8Array, shape: number[]}} level
 * @param {number} at
 * @param {(x0: number, y0: number, x1: number, y1: number) => void} piece
 */
export function eachCrossing({ data, shape }, at, piece) {
  const [high, wide] = shape;
  const ends = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let y = 0; y < high - 1; y += 1) {
    for (let x = 0; x < wide - 1; x += 1) {
      const i = y * wide + x;
      const [a, b, c, d] = [data[i], data[i + 1], data[i + wide + 1], data[i + wide]];
      const above = (a > at) + (b > at) + (c > at) + (d > at);
      if (above === 0 || above === 4) continue;
      let count = 0;
      const cut = (px, py) => {
        ends[count] = px + 0.5;
        ends[count + 1] = py + 0.5;
        count += 2;
      };
      if (a > at !== b > at) cut(x + (at - a) / (b - a), y);
      if (b > at !== c > at) cut(x + 1, y + (at - b) / (c - b));
      if (c > at !== d > at) cut(x + (at - d) / (c - d), y + 1);
      if (d > at !== a > at) cut(x, y + (at - a) / (d - a));
      piece(ends[0], ends[1], ends[2], ends[3]);
      if (count === 8) piece(ends[4], ends[5], ends[6], ends[7]);
    }
  }
}
