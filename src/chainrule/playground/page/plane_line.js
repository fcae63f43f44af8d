// A perceptron's line, and how a point pulled it to its new place.

import { bounded, buildShape } from "./drawing.js";
import { eachCrossing } from "./plane_field.js";
import { pointPlace } from "./plane_points.js";

const straightWithin = 0.75;

// The straight line through the places where the decision changes, by least squares: a place in
// cells, and a direction of length 1. Null where none is in the picture, or it is not straight.
function fitLine(level) {
  const xs = [];
  const ys = [];
  eachCrossing(level, 127.5, (x0, y0, x1, y1) => {
    xs.push((x0 + x1) / 2);
    ys.push((y0 + y1) / 2);
  });
  if (xs.length < 2) return null;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  let [xx, xy, yy] = [0, 0, 0];
  xs.forEach((_, i) => {
    const [u, v] = [xs[i] - x, ys[i] - y];
    xx += u * u;
    xy += u * v;
    yy += v * v;
  });
  const turn = 0.5 * Math.atan2(2 * xy, xx - yy);
  const [right, down] = [Math.cos(turn), Math.sin(turn)];
  const off = xs.map((_, i) => Math.abs((xs[i] - x) * down - (ys[i] - y) * right));
  return mean(off) <= straightWithin ? { x, y, right, down } : null;
}

/**
 * Draw a perceptron's line: of this frame, of the frame before where it was elsewhere, an arrow
 * between them, and what the point that was looked at did.
 * @param {object} view
 * @param {object} frame
 */
export function drawLine(view, frame) {
  const { lines } = view;
  if (view.network?.model !== "perceptron" || !frame.arrays.level) {
    lines.group.replaceChildren();
    return;
  }
  const scale = view.field.side / frame.arrays.level.shape[0];
  const now = scaled(fitLine(frame.arrays.level), scale);
  const step = stepOf(view, frame);
  if (step) lines.step = { ...step, old: step.pulled ? lines.now : null };
  else if (frame.playing || !sameCount(view, frame)) lines.step = null;
  lines.now = now;
  lines.last = {
    point: frame.point, epoch: frame.epoch, row: frame.next_row, weights: weightsText(frame),
  };
  lines.group.replaceChildren(...lineShapes(view, now, lines.step));
}

function scaled(line, scale) {
  return line && { ...line, x: line.x * scale, y: line.y * scale };
}

function sameCount(view, frame) {
  const { last } = view.lines;
  return last && last.point === frame.point && last.epoch === frame.epoch;
}

// What one point did, if it is one point that came between two frames.
function stepOf(view, frame) {
  const { last } = view.lines;
  if (!last || last.row === null || sameCount(view, frame) || frame.playing) return null;
  const next = last.point + 1 === frame.point || (frame.point <= 1 && frame.epoch > last.epoch);
  if (!next) return null;
  const point = view.data.points.row.indexOf(last.row);
  return { point, pulled: last.weights !== weightsText(frame) };
}

function weightsText(frame) {
  return frame.arrays.weights.data.join();
}

function lineShapes(view, now, step) {
  const { side } = view.field;
  const shapes = [];
  const add = (kind, line) => {
    shapes.push(buildShape("path", { class: kind, d: across(line, side) }));
  };
  if (step?.old) add("plane-line-old", step.old);
  if (now) add("plane-line-halo", now);
  if (now) add("plane-line", now);
  if (step?.old && now) shapes.push(...arrow(step.old, now, side));
  if (step && step.point >= 0) shapes.push(...stepMark(view, step));
  return shapes;
}

function across({ x, y, right, down }, side) {
  const far = 2 * side;
  return `M${x - far * right} ${y - far * down}L${x + far * right} ${y + far * down}`;
}

// From the old line straight to the new one, where both are in the picture.
function arrow(old, now, side) {
  const ahead = (old.x - now.x) * now.right + (old.y - now.y) * now.down;
  const [x, y] = [now.x + ahead * now.right, now.y + ahead * now.down];
  const length = Math.hypot(x - old.x, y - old.y);
  if (length < 5 || length > side) return [];
  const [u, v] = [(x - old.x) / length, (y - old.y) / length];
  const head = Math.min(8, length);
  const [bx, by] = [x - head * u, y - head * v];
  return [buildShape("path", {
    class: "plane-arrow",
    d: `M${old.x} ${old.y}L${bx} ${by}`,
  }), buildShape("path", {
    class: "plane-arrow-head",
    d: `M${x} ${y}L${bx - 4 * v} ${by + 4 * u}L${bx + 4 * v} ${by - 4 * u}Z`,
  })];
}

function stepMark(view, { point, pulled }) {
  const { x, y } = pointPlace(view, point);
  const { side } = view.field;
  const words = pulled ? "pulled the line" : "well classified: the line stays";
  const half = words.length * 3.6;
  return [
    buildShape("circle", { class: "plane-step", cx: x, cy: y, r: 9 }),
    buildShape("text", {
      class: "plane-step-words", x: bounded(x, half, Math.max(half, side - half)),
      y: y < 34 ? y + 24 : y - 15, "text-anchor": "middle",
    }, words),
  ];
}
