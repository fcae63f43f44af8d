// The network by keyboard: one stop of the tab key; arrows move within.

import { bounded, numberText } from "./drawing.js";
import { changePlace, hoverPlace, selectPlace } from "./network_actions.js";
import { placeKey } from "./network_names.js";
import { placeOfKey } from "./network_pointer.js";
import { markOf, placeLabel, placeValue } from "./network_shapes.js";

const smallStep = 0.05;
const largeStep = 0.5;
// Milliseconds in which a press adds to the one before though it has not been drawn: while it
// plays the weight may have moved on since.
const pressesTogether = { playing: 500, still: 5000 };
const hints = {
  node: "Arrows: other nodes. Enter: open. W: its weights. B: its bias.",
  number: "↑ ↓: change it. ← →: the next one. Enter: open. Esc: back to the node.",
};

/**
 * Listen to the keyboard.
 * @param {object} view
 */
export function watchNetworkKeys(view) {
  view.focusPlace = (place) => focusPlace(view, place);
  view.svg.addEventListener("keydown", (event) => {
    const place = focusedPlace(view);
    if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = place.kind === "node" ? nodeKey : numberKey;
    if (!act(view, place, event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  view.svg.addEventListener("focusin", (event) => {
    const place = focusedPlace(view);
    if (!place) return;
    showHint(view, event.target.matches(":focus-visible") ? place.kind : null);
    if (event.target.matches(":focus-visible")) hoverPlace(view, place);
    describe(view, place);
  });
  view.svg.addEventListener("focusout", () => {
    showHint(view, null);
    hoverPlace(view, null);
  });
}

function focusedPlace(view) {
  const key = document.activeElement?.closest?.("[data-place]")?.dataset.place;
  return key ? placeOfKey(view, key) : null;
}

function showHint(view, kind) {
  view.hint.textContent = kind ? hints[kind === "node" ? "node" : "number"] : view.hintAtRest;
}

/** The one shape that the tab key reaches; @param {object} view @param {object} place */
export function setTabStop(view, place) {
  const mark = markOf(view, place);
  if (!mark) return null;
  if (view.tabStop && view.tabStop !== mark) view.tabStop.setAttribute("tabindex", "-1");
  mark.setAttribute("tabindex", "0");
  view.tabStop = mark;
  view.tabPlace = place;
  return mark;
}

function focusPlace(view, place) {
  if (place.kind === "weight" && view.laid.image && place.layer === 1) view.pixel = place.from;
  const mark = setTabStop(view, place);
  describe(view, place);
  mark?.focus();
}

// Weights get their roles when they are reached: hundreds of sliders would bury the nodes.
function describe(view, place) {
  const mark = markOf(view, place);
  mark?.setAttribute("aria-label", placeLabel(view, place));
  if (!mark || place.kind === "node") return;
  const value = placeValue(view, place);
  mark.setAttribute("role", "slider");
  mark.setAttribute("aria-orientation", "vertical");
  mark.setAttribute("aria-valuemin", "-1000");
  mark.setAttribute("aria-valuemax", "1000");
  mark.setAttribute("aria-valuenow", String(value ?? 0));
  mark.setAttribute("aria-valuetext", numberText(value));
}

/** Keep the label of what is focused true; @param {object} view */
export function followFocus(view) {
  const place = view.svg.contains(document.activeElement) ? focusedPlace(view) : null;
  if (place) describe(view, place);
}

function nodeKey(view, { layer, node }, event) {
  if (event.key === "Enter" || event.key === " ") {
    selectPlace(view, { kind: "node", layer, node });
    return true;
  }
  if (event.key === "Escape") {
    selectPlace(view, null);
    return true;
  }
  if (layer > 0 && (event.key === "w" || event.key === "W")) {
    const from = strongestSource(view, layer, node);
    focusPlace(view, { kind: "weight", layer, from, to: node });
    return true;
  }
  if (layer > 0 && (event.key === "b" || event.key === "B")) {
    focusPlace(view, { kind: "bias", layer, node });
    return true;
  }
  const next = nextNode(view, layer, node, event.key);
  if (next) focusPlace(view, { kind: "node", ...next });
  return next !== null;
}

function strongestSource(view, layer, to) {
  let best = 0;
  let most = -1;
  for (let from = 0; from < view.laid.sizes[layer - 1]; from += 1) {
    const size = Math.abs(placeValue(view, { kind: "weight", layer, from, to }) ?? 0);
    if (size > most) [most, best] = [size, from];
  }
  return best;
}

function nextNode(view, layer, node, key) {
  const { sizes, heights, image } = view.laid;
  if (image && layer === 0) {
    const inside = nextPixel(image, node, key);
    if (inside !== null) return { layer, node: inside };
  }
  const last = sizes[layer] - 1;
  if (key === "ArrowUp") return { layer, node: Math.max(0, node - 1) };
  if (key === "ArrowDown") return { layer, node: Math.min(last, node + 1) };
  if (key === "Home") return { layer, node: 0 };
  if (key === "End") return { layer, node: last };
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!step) return null;
  const other = bounded(layer + step, 0, sizes.length - 1);
  if (other === layer) return { layer, node };
  const away = heights[other].map((y) => Math.abs(y - heights[layer][node]));
  return { layer: other, node: away.indexOf(Math.min(...away)) };
}

function nextPixel({ rows, columns }, node, key) {
  const [row, column] = [Math.floor(node / columns), node % columns];
  const [down, right] = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  }[key] ?? [0, 0];
  if ((!down && !right) || column + right >= columns) return null;
  const newRow = bounded(row + down, 0, rows - 1);
  return newRow * columns + bounded(column + right, 0, columns - 1);
}

function numberKey(view, place, event) {
  const step = {
    ArrowUp: smallStep, ArrowDown: -smallStep, PageUp: largeStep, PageDown: -largeStep,
  }[event.key];
  if (step) {
    const fine = event.shiftKey ? 0.1 : 1;
    pressNumber(view, place, step * fine);
    return true;
  }
  const target = { kind: "node", layer: place.layer, node: place.to ?? place.node };
  if (event.key === "b" || event.key === "B") {
    focusPlace(view, { ...target, kind: "bias" });
    return true;
  }
  if (event.key === "Escape") focusPlace(view, target);
  else if (event.key === "Enter" || event.key === " ") {
    selectPlace(view, place);
    view.focusCard();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    focusPlace(view, nextNumber(view, place, target, event.key === "ArrowRight" ? 1 : -1));
  } else return false;
  return true;
}

// A press adds to what the one before asked for, which may not have been drawn yet.
function pressNumber(view, place, step) {
  const { key, value, at } = view.pressed ?? {};
  const together = pressesTogether[view.playing ? "playing" : "still"];
  const soon = key === placeKey(place) && performance.now() - at < together;
  const asked = changePlace(view, place, (soon ? value : placeValue(view, place)) + step);
  if (asked === null) return;
  view.pressed = { place, key: placeKey(place), value: asked, at: performance.now() };
}

/** Forget a press whose number is drawn; @param {object} view */
export function forgetPress(view) {
  const { place, value } = view.pressed ?? {};
  if (place && placeValue(view, place) === Math.fround(value)) view.pressed = null;
}

// Around the weights that come into a node, its bias being the last.
function nextNumber(view, place, { layer, node }, step) {
  const count = view.laid.sizes[layer - 1];
  const at = place.kind === "bias" ? count : place.from;
  const next = (at + step + count + 1) % (count + 1);
  if (next === count) return { kind: "bias", layer, node };
  return { kind: "weight", layer, from: next, to: node };
}
