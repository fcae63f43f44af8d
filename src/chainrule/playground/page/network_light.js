// Places that light up, and values that run along the edges when a point is sent through.

import { buildShape, numberText, prefersStill } from "./drawing.js";
import { edgePoint } from "./network_layout.js";
import { edgeOf, markOf } from "./network_shapes.js";

const runTime = 620;
const mostDots = 72;
const mostTexts = 16;

/**
 * Light places up, and no others; values of weights run along their edges.
 * @param {object} view
 * @param {Array<object>|null} places each may have a `value`
 */
export function lightPlaces(view, places) {
  for (const mark of view.lit) mark.classList.remove("network-lit");
  const known = (places ?? []).filter((place) => markOf(view, place));
  view.lit = known.map((place) => markOf(view, place));
  view.svg.classList.toggle("network-lighting", view.lit.length > 0);
  for (const mark of view.lit) mark.classList.add("network-lit");
  const running = known.filter((each) => each.kind === "weight" && Number.isFinite(each.value));
  const dots = running.map((place) => ({ edge: edgeOf(view, place), value: place.value }));
  // A point that is on its way goes on, unless other values are to run.
  if (dots.length > 0 || known.length === 0) stopRuns(view);
  runDots(view, [dots], () => {});
}

/**
 * Send a point's values through the network, layer by layer.
 * @param {object} view
 * @param {object} picked of the frame: inputs and the values of each layer
 */
export function sendThrough(view, picked) {
  stopRuns(view);
  if (prefersStill()) return;
  const { sizes, image } = view.laid;
  const values = [picked.inputs, ...picked.values];
  const steps = sizes.slice(1).map((_, i) => {
    const edges = [...view.edges[i + 1]].sort((one, other) => other.width - one.width);
    return edges.slice(0, mostDots).map((edge) => {
      const summed = i === 0 && image;
      return { edge, value: summed ? null : values[i][edge.place.from] };
    });
  });
  const arrive = (step) => flash(view, step + 1);
  flash(view, 0);
  runDots(view, steps, arrive);
}

function flash(view, layer) {
  const group = view.svg.querySelector(`.network-layer[data-layer="${layer}"]`);
  group?.classList.add("network-arrived");
  setTimeout(() => group?.classList.remove("network-arrived"), runTime);
}

function runDots(view, steps, arrived) {
  if (prefersStill() || steps.every((dots) => dots.length === 0)) return;
  const run = { stopped: false };
  view.run = run;
  let made = [];
  let step = -1;
  let began = 0;
  const move = (time) => {
    if (run.stopped) return;
    const part = step < 0 ? 1 : (time - began) / runTime;
    if (part >= 1) {
      if (step >= 0) arrived(step);
      step += 1;
      if (step >= steps.length) {
        view.runs.replaceChildren();
        return;
      }
      began = time;
      made = withTexts(steps[step]).map(buildDot);
      view.runs.replaceChildren(...made.map(({ shape }) => shape));
    } else moveDots(made, part);
    requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
}

// What leaves a node is the same on all of its edges: it is written once, on the widest of them.
function withTexts(dots) {
  const told = new Set();
  return dots.map((dot) => {
    const { from } = dot.edge.place;
    const says = Number.isFinite(dot.value) && !told.has(from) && told.size < mostTexts;
    if (says) told.add(from);
    return { ...dot, says };
  });
}

function buildDot({ edge, value, says }) {
  const negative = value < 0 ? " network-negative" : "";
  const text = says
    ? [buildShape("text", { y: -6, "text-anchor": "middle" }, numberText(value, 2))]
    : [];
  const shape = buildShape("g", { class: `network-dot${negative}` },
    buildShape("circle", { r: 3.5 }), ...text);
  return { shape, ends: edge.ends };
}

function moveDots(dots, part) {
  // Slow at both ends, as things that move are.
  const eased = part * part * (3 - 2 * part);
  for (const { shape, ends } of dots) {
    const { x, y } = edgePoint(ends, eased);
    shape.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  }
}

/** End what is running; @param {object} view */
export function stopRuns(view) {
  if (view.run) view.run.stopped = true;
  view.run = null;
  view.runs?.replaceChildren();
}
