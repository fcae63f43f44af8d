// The points of the plane: classes by color and shape, parts of the data by filled or hollow.

import { classColor, classShape, color, orderedColor } from "./colors.js";
import { buildShape, numberText, shapePath } from "./drawing.js";

const radius = 4;
/** The parts of the data, by their number. */
export const partNames = ["training", "test", "held out"];

/**
 * Draw all points that are shown.
 * @param {object} view
 */
export function drawPoints(view) {
  const { context, side } = view.dots;
  context.clearRect(0, 0, side, side);
  const { points } = view.data;
  const size = pointSize(points.a.length, side);
  const isNumber = hasScale(view);
  const paths = new Map();
  const pathOf = (shape) => {
    if (!paths.has(shape)) paths.set(shape, new Path2D(shapePath(shape, size)));
    return paths.get(shape);
  };
  // Training rows last, so that they lie on top.
  for (const part of [1, 2, 0]) {
    points.part.forEach((each, i) => {
      if (each !== part || !isShown(view, i)) return;
      const { x, y } = pointPlace(view, i);
      context.save();
      context.translate(x, y);
      const paint = pointColor(view, i);
      const halo = isNumber ? contrast(paint) : color("paper");
      drawMark(context, pathOf(pointShape(view, i)), { paint, halo, part, size });
      context.restore();
    });
  }
}

function pointSize(count, side) {
  const crowded = count > 1200 ? 0.66 : count > 600 ? 0.82 : 1;
  return Math.max(2, radius * Math.min(1, side / 340) * crowded);
}

// A number's color may be the color it lies on: its outline tells it.
function contrast(paint) {
  const [red, green, blue] = paint.match(/\d+/g).map(Number);
  return 0.3 * red + 0.6 * green + 0.1 * blue < 115 ? "#ffffff" : "#10131a";
}

function drawMark(context, path, { paint, halo, part, size }) {
  if (part === 1) {
    context.lineWidth = size < 3 ? 2.6 : 4;
    context.strokeStyle = halo;
    context.stroke(path);
    context.lineWidth = size < 3 ? 1.3 : 1.8;
    context.strokeStyle = paint;
    context.stroke(path);
    return;
  }
  context.lineWidth = size < 3 ? 1.2 : 1.8;
  context.strokeStyle = halo;
  context.stroke(path);
  context.fillStyle = paint;
  context.fill(path);
  if (part === 2) {
    const reach = size * 1.7;
    context.lineWidth = 1.2;
    context.strokeStyle = color("ink");
    context.strokeRect(-reach, -reach, 2 * reach, 2 * reach);
  }
}

/** Whether a point is shown: test rows only if that is asked for; @returns {boolean} */
export function isShown(view, i) {
  return view.data.points.part[i] !== 1 || view.showTest;
}

/** Whether color tells numbers: where these stand up, they need none; @returns {boolean} */
export function hasScale({ data }) {
  return data.task !== "classification" && !data.curve;
}

/** Where a point lies in the plot; @returns {{x: number, y: number}} */
export function pointPlace(view, i) {
  const { points } = view.data;
  return plotPlace(view, points.a[i], points.b[i]);
}

/** Where a pair of values lies in the plot; @returns {{x: number, y: number}} */
export function plotPlace(view, a, b) {
  const [across, up] = view.data.axes;
  const { side } = view.field;
  return {
    x: ((a - across.low) / (across.high - across.low)) * side,
    y: (1 - (b - up.low) / (up.high - up.low)) * side,
  };
}

function pointColor(view, i) {
  const answer = view.data.points.answer[i];
  if (!hasScale(view)) return classColor(view.data.classes ? answer : 0);
  const [low, high] = view.range ?? [0, 1];
  return orderedColor((answer - low) / (high - low || 1));
}

function pointShape(view, i) {
  return view.data.task === "classification" ? classShape(view.data.points.answer[i]) : "circle";
}

/**
 * The shown point nearest to a place of the plot.
 * @returns {number} its place in the list, or -1 if none is within reach
 */
export function pointNear(view, x, y, reach) {
  let best = -1;
  let nearest = reach;
  view.data.points.a.forEach((_, i) => {
    if (!isShown(view, i)) return;
    const place = pointPlace(view, i);
    const away = Math.hypot(place.x - x, place.y - y);
    if (away <= nearest) [nearest, best] = [away, i];
  });
  return best;
}

/**
 * The point one gets to from another in a direction: near, and not far off it.
 * @param {object} view
 * @param {number} from place in the list, or -1: from the middle
 * @param {number} right -1, 0 or 1
 * @param {number} down -1, 0 or 1
 * @returns {number}
 */
export function pointTowards(view, from, right, down) {
  const middle = view.field.side / 2;
  const start = from >= 0 ? pointPlace(view, from) : { x: middle, y: middle };
  let best = from;
  let nearest = Infinity;
  view.data.points.a.forEach((_, i) => {
    if (i === from || !isShown(view, i)) return;
    const place = pointPlace(view, i);
    const [x, y] = [place.x - start.x, place.y - start.y];
    const ahead = x * right + y * down;
    const aside = Math.abs(x * down) + Math.abs(y * right);
    if (from >= 0 && (ahead <= 0 || aside > 2 * ahead)) return;
    const cost = from >= 0 ? ahead + 2 * aside : Math.hypot(x, y);
    if (cost < nearest) [nearest, best] = [cost, i];
  });
  return best;
}

/** What is known of a point, in words; @returns {string} */
export function pointWords(view, i) {
  const { points, axes, classes, curve, target } = view.data;
  const answer = points.answer[i];
  const says = classes ? classes[answer] : numberText(answer);
  const shown = axes.slice(0, curve ? 1 : 2).map(({ name, levels }, axis) => {
    const place = [points.a, points.b][axis][i];
    return `${name} ${levels[Math.round(place)] ?? numberText(place)}`;
  });
  return `${shown.join(", ")}; `
    + `${target || "answer"}: ${says} (${partNames[points.part[i]]} row ${points.row[i]})`;
}

/** A small drawing of a class or a part, for the legend; @returns {SVGElement} */
export function legendMark(shape, paint, part) {
  const mark = buildShape("path", {
    d: shapePath(shape, 4.2), "stroke-width": 1.8,
    fill: part === 1 ? "none" : paint, stroke: part === 1 ? paint : "none",
  });
  const frame = part === 2
    ? [buildShape("rect", { x: -7, y: -7, width: 14, height: 14, class: "plane-held-out" })] : [];
  return buildShape("svg", {
    width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true",
  }, mark, ...frame);
}
