// The network: nodes with small pictures, edges by weight and sign, biases; all of it in reach.

import { onTheme } from "./colors.js";
import { layerControl } from "./controls.js";
import { bounded, buildShape, sharpCanvas, watchWidth } from "./drawing.js";
import { buildElement } from "./elements.js";
import { hoverPlace, selectedPixel } from "./network_actions.js";
import { drawNetworkCard, makeNetworkCard } from "./network_card.js";
import { followFocus, forgetPress, setTabStop, watchNetworkKeys } from "./network_keys.js";
import { layNetwork } from "./network_layout.js";
import { lightPlaces, sendThrough, stopRuns } from "./network_light.js";
import { drawNodePictures } from "./network_pictures.js";
import { watchNetworkPointer } from "./network_pointer.js";
import {
  buildNetworkShapes, drawBiases, drawEdges, drawNodeValues, drawSelected, markOf,
} from "./network_shapes.js";
import { drawNetworkTables, forgetNetworkTables, makeNetworkTables } from "./network_table.js";
import { onDraw, requestDraw, store, subscribe } from "./store.js";

const hintAtRest =
  "Point at a node or an edge for its value; drag an edge up or down to change it.";
// As wide as what stands above a column may be.
const widestHead = 168;
const letterWidth = 6.7;
// Milliseconds between drawings of the edges while it plays, of some and of hundreds.
const edgePauses = { few: 50, many: 120 };
const manyEdges = 400;

/**
 * Draw the network in an element.
 * @param {HTMLElement} element
 */
export function makeNetworkView(element) {
  const view = newView();
  const drawing = buildElement("div", { class: "network-shapes" }, view.canvas, view.svg);
  const stage = buildElement("div", { class: "network-stage" }, view.heads, drawing);
  view.stage = stage;
  view.scroll = buildElement("div", { class: "network-scroll" }, stage);
  view.hint = buildElement("p", { class: "network-hint", text: hintAtRest });
  const drawn = buildElement("div", { class: "network-drawing" }, view.scroll,
    makeNetworkCard(view));
  element.append(drawn, view.hint, buildKey(), makeNetworkTables(view));
  watchNetworkPointer(view);
  watchNetworkKeys(view);
  watchWidth(view.scroll, (width) => {
    view.width = width;
    layAgain(view);
  });
  new ResizeObserver(([entry]) => {
    view.top = Math.ceil(entry.borderBoxSize[0].blockSize);
    view.card.key = "";
  }).observe(view.heads);
  view.scroll.addEventListener("scroll", () => {
    view.scrolled = view.scroll.scrollLeft;
    view.card.key = "";
    drawNetworkCard(view);
  }, { passive: true });
  onTheme(() => touch(view));
  listenToStore(view);
}

function newView() {
  return {
    network: null, data: null, weights: null, picked: null, playing: false, shape: "",
    laid: null, width: 0, scrolled: 0, top: 0, pixel: null, dirty: false, hintAtRest,
    hovered: null, hoveredKey: "", related: [], selected: null, lit: [], edges: [], biases: [],
    marks: new Map(), values: new Map(), drag: null, pressed: null, run: null, tabStop: null,
    tabPlace: null, sentThrough: "", edgesDrawn: 0,
    heads: buildElement("div", { class: "network-heads" }),
    canvas: buildElement("canvas", { class: "network-pictures", "aria-hidden": "true" }),
    // Chromium lets the tab key stop at a drawing that listens to focus: one node of it is enough.
    svg: buildShape("svg", {
      class: "network-svg", role: "group", tabindex: -1, "aria-label": "The network",
    }),
  };
}

function listenToStore(view) {
  subscribe("state", (state) => showShape(view, state));
  subscribe("frame", (frame) => {
    view.picked = frame.picked;
    view.playing = frame.playing;
    touch(view);
  });
  subscribe("selection", (selection) => {
    const known = selection && selection.kind !== "point" ? selection : null;
    view.selected = known && markExists(view, known) ? known : null;
    if (view.laid) view.pixel = selectedPixel(view);
    view.card.key = "";
    touch(view);
  });
  subscribe("light", (places) => {
    if (view.laid) lightPlaces(view, places);
  });
  onDraw(() => {
    if (view.dirty) draw(view);
  });
  if (store.state) showShape(view, store.state);
}

function markExists(view, place) {
  return Boolean(view.laid) && Boolean(markOf(view, place));
}

function touch(view) {
  view.dirty = true;
  requestDraw();
}

function showShape(view, { network, data }) {
  view.network = network;
  view.data = data;
  view.pressed = null;
  const { sizes, inputs, outputs, activations } = network;
  const shape = JSON.stringify([sizes, inputs, outputs, activations, data.image]);
  if (shape === view.shape) return;
  view.shape = shape;
  view.offsets = sizes.map(() => 0);
  for (let l = 2; l < sizes.length; l += 1) {
    view.offsets[l] = view.offsets[l - 1] + (sizes[l - 2] + 1) * sizes[l - 1];
  }
  view.weights = null;
  view.hovered = view.selected = view.drag = null;
  forgetNetworkTables(view);
  layAgain(view);
}

function layAgain(view) {
  const { network, data, width } = view;
  if (!network || width < 1) return;
  const { sizes } = network;
  const outputs = sizes[sizes.length - 1] > 1 ? network.outputs : network.outputs.slice(-1);
  view.letters = nameLetters(width, data.image ? [] : network.inputs, outputs);
  const before = data.image ? 8 : view.letters.before * letterWidth + 14;
  const after = view.letters.after * letterWidth + 14;
  view.laid = layNetwork(sizes, width, { before, after, image: data.image });
  view.pixel = selectedPixel(view);
  stopRuns(view);
  hoverPlace(view, null);
  view.lit = [];
  const hadFocus = view.svg.contains(document.activeElement);
  buildStage(view);
  buildNetworkShapes(view);
  const known = markOf(view, view.tabPlace) ? view.tabPlace : null;
  const first = view.selected ?? known ?? { kind: "node", layer: 0, node: 0 };
  setTabStop(view, first);
  if (hadFocus) view.focusPlace(known ?? first);
  view.svg.setAttribute("aria-label", `The network: ${sizes.join(", ")} nodes`);
  view.card.key = "";
  touch(view);
}

// Names have as much room as they need, up to a share of the width.
function nameLetters(width, inputs, outputs) {
  const most = Math.max(4, Math.min(18, Math.floor((width * 0.17) / letterWidth)));
  const longest = (names) => Math.max(1, ...names.map((name) => Array.from(name).length));
  return {
    before: Math.min(most, longest(inputs)), after: Math.min(most, longest(outputs)),
  };
}

function buildStage(view) {
  const { laid, heads, stage, svg } = view;
  const controls = laid.columns.map((x, layer) => {
    const place = heads.children[layer] ?? buildElement("div", { class: "network-head" });
    if (place.childElementCount === 0) place.append(layerControl(layer));
    const room = Math.min(laid.columnWidth, widestHead);
    const start = x - room / 2;
    const within = bounded(start, 0, Math.max(0, laid.width - room));
    place.style.left = `${within - start}px`;
    return place;
  });
  heads.style.gridAutoColumns = `${laid.columnWidth}px`;
  heads.style.marginInlineStart = `${laid.columns[0] - laid.columnWidth / 2}px`;
  // What is there already stays: a button that is moved in the page while it is pressed is not.
  heads.append(...controls.filter((place) => !place.isConnected));
  while (heads.childElementCount > controls.length) heads.lastElementChild.remove();
  stage.style.width = `${laid.width}px`;
  svg.setAttribute("width", laid.width);
  svg.setAttribute("height", laid.height);
  svg.setAttribute("viewBox", `0 0 ${laid.width} ${laid.height}`);
  view.context = sharpCanvas(view.canvas, laid.width, laid.height);
}

function draw(view) {
  view.dirty = false;
  const { frame } = store;
  if (!view.laid || !fits(view, frame)) return;
  view.weights = frame.arrays.weights.data;
  forgetPress(view);
  if (edgesAreDue(view, frame)) {
    drawEdges(view);
    drawBiases(view);
  }
  drawNodePictures(view, frame);
  drawNodeValues(view, frame.picked);
  drawSelected(view);
  drawNetworkCard(view);
  drawNetworkTables(view);
  followFocus(view);
  sendPicked(view, frame);
}

// Edges take the browser longer to paint than all else: they follow more slowly.
function edgesAreDue(view, { playing }) {
  const now = performance.now();
  const count = view.edges.reduce((sum, gap) => sum + gap.length, 0);
  const pause = count > manyEdges ? edgePauses.many : edgePauses.few;
  if (playing && now - view.edgesDrawn < pause) return false;
  view.edgesDrawn = now;
  return true;
}

// A frame of the network before the last change may still be on its way.
function fits(view, frame) {
  const { sizes } = view.laid;
  const count = sizes.slice(1).reduce((sum, nodes, i) => sum + (sizes[i] + 1) * nodes, 0);
  return frame?.arrays.weights?.data.length === count;
}

function sendPicked(view, { picked, playing }) {
  const key = picked ? JSON.stringify([picked.row, picked.at]) : "";
  const isNew = key !== view.sentThrough;
  view.sentThrough = key;
  if (isNew && picked && !playing) sendThrough(view, picked);
}

function buildKey() {
  const line = (kind) => buildShape("svg", { width: 26, height: 8, "aria-hidden": "true" },
    buildShape("path", { class: `network-edge ${kind}`, d: "M0 4H26", "stroke-width": 3 }));
  return buildElement("p", { class: "network-key" },
    line(""), "positive", line("network-negative"), "negative; the wider, the larger");
}
