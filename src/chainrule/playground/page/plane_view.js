// The plane: what the network says everywhere, the points, and the one that was picked.

import { letGo, sendRowThrough } from "./asking.js";
import { onTheme } from "./colors.js";
import {
  bounded, buildShape, scoreText, sharpCanvas, watchWidth, writeAttribute,
} from "./drawing.js";
import { buildElement, writeText } from "./elements.js";
import {
  buildPlaneAxes, buildPlaneBar, fillPlaneLegend, planeRoom, rangeWords, roomAfter, roomBefore,
} from "./plane_axes.js";
import { nodeSign } from "./network_names.js";
import { drawField } from "./plane_field.js";
import { drawLine } from "./plane_line.js";
import {
  drawPoints, hasScale, isShown, plotPlace, pointNear, pointPlace, pointTowards, pointWords,
} from "./plane_points.js";
import { source } from "./source.js";
import { onDraw, requestDraw, store, subscribe } from "./store.js";

const largestSide = 720;
const pointReach = { mouse: 9, pen: 11, touch: 16 };
const arrowWays = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/**
 * Draw the plane in an element.
 * @param {HTMLElement} element
 */
export function makePlaneView(element) {
  const view = newPlane();
  element.append(buildElement("div", { class: "plane-stage-room" }, view.stage), view.legend,
    view.notes, view.words);
  watchPlanePointer(view);
  watchPlaneKeys(view);
  watchWidth(view.stage.parentElement, (width) => {
    view.width = width;
    layPlane(view);
  });
  onTheme(() => layPlane(view));
  subscribe("state", (state) => takeState(view, state));
  subscribe("frame", () => {
    view.fresh = true;
    view.stale = false;
  });
  subscribe("hover", (place) => lookAt(view, place));
  onDraw(() => {
    if (view.fresh && !view.stale && view.laid) drawPlane(view);
  });
  if (store.state) takeState(view, store.state);
}

function newPlane() {
  const canvas = () => buildElement("canvas", { class: "plane-canvas", "aria-hidden": "true" });
  const view = {
    data: null, network: null, width: 0, laid: false, fresh: false, decisions: false,
    showTest: true, range: null, hovered: -1, shown: "", subject: "", stale: true,
    response: -1,
    cells: { canvas: canvas(), context: null, image: null, pixels: null },
    field: { canvas: canvas(), context: null, side: 0 },
    dots: { canvas: canvas(), context: null, side: 0 },
    lines: { group: buildShape("g", { class: "plane-lines" }), now: null, last: null, step: null },
    rings: buildShape("g", { class: "plane-rings" }),
    frame: buildShape("g", {}),
    svg: buildShape("svg", {
      class: "plane-svg", tabindex: 0, role: "application", "aria-label": "The plane",
    }),
    caption: buildElement("p", { class: "plane-caption", hidden: true, "aria-hidden": "true" }),
    card: buildElement("div", { class: "plane-card", hidden: true, "aria-hidden": "true" }),
    legend: buildElement("ul", { class: "plane-legend", "aria-label": "Legend" }),
    notes: buildElement("div", { class: "plane-notes" }),
    words: buildElement("p", { class: "unseen", "aria-live": "polite" }),
  };
  view.stage = buildElement("div", { class: "plane-stage" },
    view.cells.canvas, view.field.canvas, view.dots.canvas, view.svg, view.caption,
    view.card);
  return view;
}

function takeState(view, { data, network, settings }) {
  const subject = JSON.stringify([data, network.sizes, network.model]);
  const shown = JSON.stringify([subject, settings.show_test, settings.play_by]);
  const decides = Boolean(settings.decisions);
  view.data = data;
  view.network = network;
  if (decides !== view.decisions) view.fresh = Boolean(store.frame);
  view.decisions = decides;
  view.byPoint = settings.play_by === "point" || network.model === "perceptron";
  view.showTest = settings.show_test !== false;
  if (shown === view.shown) return;
  view.shown = shown;
  // The latest frame is of other data: it must not be drawn with these.
  if (subject !== view.subject) view.stale = true;
  view.subject = subject;
  hoverPoint(view, -1);
  view.lines.step = view.lines.last = view.lines.now = null;
  layPlane(view);
}

function layPlane(view) {
  if (!view.data || view.width < 1) return;
  const { top, bottom } = planeRoom;
  if (!hasScale(view)) view.range = null;
  else if (!view.stale) view.range = store.frame?.range ?? view.range;
  const left = roomBefore(view.data);
  const after = roomAfter(view.range);
  view.left = left;
  view.after = after;
  const side = bounded(view.width - left - after, 120, largestSide);
  view.stage.style.width = `${left + side + after}px`;
  view.stage.style.height = `${top + side + bottom}px`;
  for (const layer of [view.field, view.dots]) {
    layer.side = side;
    layer.context = sharpCanvas(layer.canvas, side, side);
    layer.canvas.style.left = `${left}px`;
    layer.canvas.style.top = `${top}px`;
  }
  const { style } = view.cells.canvas;
  style.left = `${left}px`;
  style.top = `${top}px`;
  style.width = style.height = `${side}px`;
  const { svg } = view;
  svg.setAttribute("width", left + side + after);
  svg.setAttribute("height", top + side + bottom);
  const clip = buildShape("clipPath", { id: "plane-clip" },
    buildShape("rect", { width: side, height: side }));
  view.lines.group.setAttribute("clip-path", "url(#plane-clip)");
  const plot = buildShape("g", { transform: `translate(${left} ${top})` },
    clip, view.frame, view.lines.group, view.rings);
  svg.replaceChildren(plot);
  view.laid = true;
  drawFrame(view);
  fillPlaneLegend(view);
  drawPoints(view);
  view.fresh = Boolean(store.frame) && !view.stale;
  view.cells.canvas.hidden = view.stale;
  requestDraw();
}

// While one looks at a node, the plane shows what it responds to; not of images, whose nodes
// respond to pixels.
function lookAt(view, place) {
  const sizes = view.network?.sizes ?? [];
  const isNode = place?.kind === "node" && !view.data.image;
  const before = sizes.slice(0, isNode ? place.layer : 0).reduce((sum, size) => sum + size, 0);
  const response = isNode ? before + place.node : -1;
  if (response === view.response) return;
  view.response = response;
  view.caption.hidden = !isNode;
  if (isNode) {
    writeText(view.caption, `what ${nodeSign(view.network, place.layer, place.node)} responds to`);
    view.caption.style.left = `${view.left + 6}px`;
    view.caption.style.top = `${planeRoom.top + 6}px`;
  }
  view.fresh = Boolean(store.frame) && !view.stale;
}

function drawFrame(view) {
  const bar = view.range ? [buildPlaneBar(view)] : [];
  view.frame.replaceChildren(buildPlaneAxes(view), ...bar);
}

function drawPlane(view) {
  view.fresh = false;
  const { frame } = store;
  if (!frame) return;
  if (hasScale(view) && moved(view.range, frame)) {
    view.range = frame.range;
    if (roomAfter(view.range) !== view.after) layPlane(view);
    else {
      drawFrame(view);
      drawPoints(view);
    }
  }
  drawField(view, frame);
  drawLine(view, frame);
  drawRings(view, frame);
  const { svg } = view;
  const says = planeWords(view, frame);
  if (!frame.playing) writeAttribute(svg, "aria-label", says);
}

// While it moves, points are drawn anew only where the colors' range has moved enough to be seen;
// what stands still is the same whatever was drawn before.
function moved(old, { range: now, playing, catching_up: catchingUp }) {
  if (!now) return false;
  if (!old) return true;
  if (!playing && !catchingUp) return now[0] !== old[0] || now[1] !== old[1];
  const width = Math.abs(now[1] - now[0]) || 1;
  return Math.abs(now[0] - old[0]) + Math.abs(now[1] - old[1]) > 0.02 * width;
}

function planeWords(view, frame) {
  const { axes, target, classes } = view.data;
  const what = classes ? `${target || "classes"}: ${classes.join(", ")}` : `${target || "number"} `
    + rangeWords(frame.range);
  const spans = view.data.curve ? `${axes[0].name} (across), and the answers (up)`
    : `${axes[0].name} (across) and ${axes[1].name} (up)`;
  return `What the network says of ${spans}; ${what}; `
    + `epoch ${frame.epoch}, ${frame.score_name} on test rows `
    + `${scoreText(frame.test?.score, frame.score_name)}. Arrows go from point to point, `
    + "Enter sends one through the network.";
}

function drawRings(view, frame) {
  const rings = [];
  const { picked } = frame;
  if (picked?.at) {
    const { x, y } = plotPlace(view, picked.at[0], picked.at[1]);
    rings.push(ring("plane-picked-halo", x, y, 9), ring("plane-picked", x, y, 9));
    if (picked.row === null) rings.push(buildShape("path", {
      class: "plane-cross", d: `M${x - 5} ${y}h10M${x} ${y - 5}v10`,
    }));
  }
  const next = view.byPoint ? view.data.points.row.indexOf(frame.next_row) : -1;
  if (next >= 0) {
    const { x, y } = pointPlace(view, next);
    rings.push(ring("plane-picked-halo", x, y, 8), ring("plane-next", x, y, 8));
  }
  if (view.hovered >= 0) {
    const { x, y } = pointPlace(view, view.hovered);
    rings.push(ring("plane-hovered", x, y, 7));
  }
  view.rings.replaceChildren(...rings);
}

function ring(kind, cx, cy, r) {
  return buildShape("circle", { class: kind, cx, cy, r });
}

function watchPlanePointer(view) {
  const { svg } = view;
  svg.addEventListener("pointermove", (event) => {
    const { x, y } = plotPointer(view, event);
    hoverPoint(view, view.data ? pointNear(view, x, y, reachOf(event)) : -1);
  });
  svg.addEventListener("pointerleave", () => hoverPoint(view, -1));
  svg.addEventListener("click", (event) => {
    if (!view.data || event.detail === 0) return;
    const { x, y } = plotPointer(view, event);
    const { side } = view.field;
    const point = pointNear(view, x, y, reachOf(event));
    // What it is stands with the steps: its card would only lie over its neighbors.
    hoverPoint(view, -1);
    if (point >= 0) sendRowThrough(view.data.points.row[point]);
    else if (x >= 0 && y >= 0 && x <= side && y <= side) pickPlace(view, x / side, 1 - y / side);
  });
}

function reachOf(event) {
  return pointReach[event.pointerType] ?? pointReach.mouse;
}

function plotPointer(view, event) {
  const box = view.svg.getBoundingClientRect();
  return { x: event.clientX - box.left - view.left, y: event.clientY - box.top - planeRoom.top };
}

function pickPlace(view, right, up) {
  const at = view.data.axes.map(({ low, high }, i) => low + [right, up][i] * (high - low));
  source.send("pick", { at });
}

function hoverPoint(view, point) {
  if (point === view.hovered) return;
  view.hovered = point;
  view.card.hidden = point < 0;
  if (point >= 0) {
    const { x, y } = pointPlace(view, point);
    const { side } = view.field;
    writeText(view.card, pointWords(view, point));
    const { style } = view.card;
    style.insetInlineStart = x < side / 2 ? `${view.left + x + 12}px` : "auto";
    style.insetInlineEnd = x < side / 2
      ? "auto" : `calc(100% - ${view.left + x - 12}px)`;
    style.top = `${planeRoom.top + y + (y < side / 2 ? 12 : -12)}px`;
    style.transform = y < side / 2 ? "none" : "translateY(-100%)";
  }
  if (store.frame && !view.stale) drawRings(view, store.frame);
}

function watchPlaneKeys(view) {
  view.svg.addEventListener("keydown", (event) => {
    if (!view.data || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = arrowWays[event.key];
    if (way) {
      const isOn = view.hovered >= 0 && isShown(view, view.hovered);
      const from = isOn ? view.hovered : pickedPoint(view);
      const next = pointTowards(view, from, way[0], way[1]);
      hoverPoint(view, next);
      if (next >= 0) writeText(view.words, pointWords(view, next));
    } else if (event.key === "Enter" && view.hovered >= 0) {
      sendRowThrough(view.data.points.row[view.hovered]);
    } else if (event.key === "Escape") {
      hoverPoint(view, -1);
      letGo();
    } else return;
    event.preventDefault();
  });
  view.svg.addEventListener("blur", () => hoverPoint(view, -1));
}

function pickedPoint(view) {
  const row = store.frame?.picked?.row ?? null;
  return row === null ? -1 : view.data.points.row.indexOf(row);
}
