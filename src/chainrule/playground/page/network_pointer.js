// The pointer over the network: what is under it, clicks, and dragging a weight up or down.

import { changePlace, canChange, hoverPlace, selectPlace } from "./network_actions.js";
import { edgeHeightAt } from "./network_layout.js";
import { placeValue } from "./network_shapes.js";

const edgeReach = { mouse: 7, pen: 9, touch: 13 };
const biasTouch = { mouse: 8, pen: 9, touch: 12 };
const dragBegins = 3;
const changePerPixel = 0.02;

/**
 * Listen to the pointer.
 * @param {object} view
 */
export function watchNetworkPointer(view) {
  const { svg } = view;
  svg.addEventListener("pointermove", (event) => {
    if (view.drag) drag(view, event);
    else look(view, event);
  });
  svg.addEventListener("pointerleave", () => {
    if (!view.drag) hoverPlace(view, null);
  });
  svg.addEventListener("pointerdown", (event) => beginDrag(view, event));
  svg.addEventListener("pointerup", (event) => endDrag(view, event));
  svg.addEventListener("pointercancel", () => {
    view.drag = null;
  });
  // Screen readers click without a pointer.
  svg.addEventListener("click", (event) => {
    const key = event.detail === 0 && event.target.closest("[data-place]")?.dataset.place;
    if (key) selectPlace(view, placeOfKey(view, key));
  });
}

/** The place that a shape stands for; @param {string} key @returns {object|null} */
export function placeOfKey(view, key) {
  const [kind, layer, first, second] = key.split(" ");
  if (kind !== "weight") return { kind, layer: Number(layer), node: Number(first) };
  const from = first === "null" ? view.pixel : Number(first);
  return { kind, layer: Number(layer), from, to: Number(second) };
}

function look(view, event) {
  hoverPlace(view, placeUnder(view, event));
}

function beginDrag(view, event) {
  if (event.button !== 0) return;
  const onHandle = event.target.closest(".network-handle");
  const place = onHandle ? view.selected : placeUnder(view, event);
  if (place) hoverPlace(view, place);
  const changes = canChange(view, place) && (onHandle || event.pointerType !== "touch");
  view.drag = {
    place, changes, y: event.clientY, x: event.clientX, moved: false, onHandle,
    value: changes ? placeValue(view, place) : 0,
  };
  // Wherever it is let go of, it is over then.
  view.svg.setPointerCapture(event.pointerId);
  if (changes) event.preventDefault();
}

function drag(view, event) {
  const { drag: now } = view;
  const up = now.y - event.clientY;
  if (!now.moved && Math.hypot(up, event.clientX - now.x) < dragBegins) return;
  if (!now.moved && now.changes && !now.onHandle) selectPlace(view, now.place);
  now.moved = true;
  if (!now.changes) return;
  now.value += up * changePerPixel * (event.shiftKey ? 0.1 : 1);
  now.y = event.clientY;
  changePlace(view, now.place, now.value);
}

function endDrag(view, event) {
  const now = view.drag;
  view.drag = null;
  if (!now || now.moved || now.onHandle) return;
  selectPlace(view, now.place);
  if (now.place) view.focusPlace(now.place);
  else view.svg.blur();
  look(view, event);
}

function placeUnder(view, event) {
  const box = view.svg.getBoundingClientRect();
  const x = event.clientX - box.left;
  const y = event.clientY - box.top;
  const kind = event.pointerType in edgeReach ? event.pointerType : "mouse";
  return biasAt(view, x, y, biasTouch[kind]) ?? nodeAt(view, x, y)
    ?? edgeAt(view, x, y, edgeReach[kind]);
}

function biasAt(view, x, y, reach) {
  const found = view.biases.find((bias) => Math.hypot(bias.x - x, bias.y - y) <= reach);
  return found?.place ?? null;
}

function nodeAt(view, x, y) {
  const { columns, heights, sides, image } = view.laid;
  if (image) {
    const column = Math.floor((x - image.x) / image.cell);
    const row = Math.floor((y - image.y) / image.cell);
    const inside = column >= 0 && column < image.columns && row >= 0 && row < image.rows;
    if (inside) return { kind: "node", layer: 0, node: row * image.columns + column };
  }
  for (let layer = image ? 1 : 0; layer < columns.length; layer += 1) {
    const reach = sides[layer] / 2 + 2;
    // A name stands for its node too.
    const before = layer === 0 ? columns[0] - reach : reach;
    const after = layer === columns.length - 1 ? view.laid.width - columns[layer] : reach;
    if (x < columns[layer] - before || x > columns[layer] + after) continue;
    const node = heights[layer].findIndex((middle) => Math.abs(middle - y) <= reach);
    if (node >= 0) return { kind: "node", layer, node };
  }
  return null;
}

function edgeAt(view, x, y, reach) {
  const gap = view.edges.find((edges) => edges?.length && x > edges[0].ends.x0 - 1
    && x < edges[0].ends.x1 + 1);
  let best = null;
  let nearest = reach;
  for (const edge of gap ?? []) {
    // Of edges that are as near, the one that can be seen.
    const away = Math.abs(edgeHeightAt(edge.ends, x) - y) - edge.width / 2;
    if (away < nearest) {
      nearest = away;
      best = edge;
    }
  }
  if (!best) return null;
  return best.place.from === null ? { ...best.place, from: view.pixel } : best.place;
}
