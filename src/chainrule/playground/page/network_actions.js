// What a person does to the network: look at a place, select it, change a weight or bias.

import { openPlace } from "./asking.js";
import { bounded } from "./drawing.js";
import { placeKey } from "./network_names.js";
import { edgeOf, markOf, placeValue } from "./network_shapes.js";
import { source } from "./source.js";
import { publish } from "./store.js";
import { throttle } from "./throttle.js";

const largestWeight = 1000;

/**
 * Look at a place: it and what it connects stand out.
 * @param {object} view
 * @param {object|null} place
 */
export function hoverPlace(view, place) {
  const key = place ? placeKey(place) : "";
  if (key === view.hoveredKey) return;
  view.hoveredKey = key;
  view.hovered = place;
  for (const mark of view.related) mark.classList.remove("network-related", "network-hovered");
  view.related = place ? relatedMarks(view, place) : [];
  for (const mark of view.related) mark.classList.add("network-related");
  markOf(view, place)?.classList.add("network-hovered");
  view.svg.classList.toggle("network-hovering", Boolean(place));
  if (place?.kind === "node" && place.layer === 0) view.pixel = view.laid.image ? place.node : null;
  else view.pixel = selectedPixel(view);
  view.dirty = true;
  publish("hover", place);
}

/** The pixel whose own weights are shown instead of all pixels' together; @returns {number|null} */
export function selectedPixel(view) {
  const { selected, laid } = view;
  if (!laid.image || !selected) return null;
  if (selected.kind === "node" && selected.layer === 0) return selected.node;
  return selected.kind === "weight" && selected.layer === 1 ? selected.from : null;
}

function relatedMarks(view, place) {
  const marks = [markOf(view, place)];
  const { sizes } = view.laid;
  const node = (layer, at) => markOf(view, { kind: "node", layer, node: at });
  if (place.kind === "weight") {
    if (place.from !== null) marks.push(node(place.layer - 1, place.from));
    marks.push(node(place.layer, place.to));
  } else {
    const { layer } = place;
    marks.push(node(layer, place.node), markOf(view, { ...place, kind: "bias" }));
    for (let i = 0; i < (sizes[layer - 1] ?? 0); i += 1) {
      marks.push(edgeOf(view, { layer, from: i, to: place.node })?.path);
    }
    for (let i = 0; place.kind === "node" && i < (sizes[layer + 1] ?? 0); i += 1) {
      marks.push(edgeOf(view, { layer: layer + 1, from: place.node, to: i })?.path);
    }
  }
  return [...new Set(marks.filter(Boolean))];
}

/**
 * Select a place, and ask for what there is to tell of it.
 * @param {object} view
 * @param {object|null} place
 */
export function selectPlace(view, place) {
  if (place) openPlace(place);
  else publish("selection", null);
}

/** Whether a place has a number that can be changed; @returns {boolean} */
export function canChange(view, place) {
  return Boolean(place) && place.kind !== "node" && Number.isFinite(placeValue(view, place));
}

/**
 * Ask for another value of a weight or bias.
 * @param {object} view
 * @param {object} place
 * @param {number} value
 * @returns {number|null} The value that was asked for, rounded.
 */
export function changePlace(view, place, value) {
  if (!canChange(view, place) || !Number.isFinite(value)) return null;
  const rounded = Math.round(bounded(value, -largestWeight, largestWeight) * 1e4) / 1e4;
  const { layer } = place;
  const weight = place.kind === "bias"
    ? { layer, from: null, to: place.node }
    : { layer, from: place.from, to: place.to };
  throttle(`weight ${placeKey(place)}`, () => source.send("weight", { ...weight, value: rounded }));
  return rounded;
}
