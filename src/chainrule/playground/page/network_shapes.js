// The network as shapes of SVG, built once for each layout; a frame touches only what changed.

import { bounded, buildShape, numberText, shortText, writeAttribute } from "./drawing.js";
import { edgeEnds, edgePath, inputsAreTight, pixelPlace } from "./network_layout.js";
import { nodeSign, nodeWords, outputName, placeKey, placeNames } from "./network_names.js";

const biasReach = 3.5;

/**
 * Build all shapes of a layout.
 * @param {object} view the network view
 */
export function buildNetworkShapes(view) {
  view.edges = [];
  view.marks = new Map();
  view.values = new Map();
  view.biases = [];
  const edges = buildShape("g", { class: "network-edges" });
  const nodes = buildShape("g", { class: "network-nodes" });
  const { sizes } = view.laid;
  for (let layer = 1; layer < sizes.length; layer += 1) edges.append(buildEdges(view, layer));
  sizes.forEach((_, layer) => nodes.append(buildLayerNodes(view, layer)));
  view.runs = buildShape("g", { class: "network-runs", "aria-hidden": "true" });
  view.handle = buildHandle();
  view.caption = buildCaption(view.laid);
  view.svg.replaceChildren(edges, nodes, view.caption, view.handle, view.runs);
}

function buildEdges(view, layer) {
  const { sizes, image } = view.laid;
  const group = buildShape("g", { class: "network-gap", "data-layer": layer });
  const froms = Array.from({ length: sizes[layer - 1] }, (_, i) => i);
  view.edges[layer] = [];
  for (const from of image && layer === 1 ? [null] : froms) {
    for (let to = 0; to < sizes[layer]; to += 1) {
      const place = { kind: "weight", layer, from, to };
      const ends = edgeEnds(view.laid, layer, from, to);
      const path = buildShape("path", {
        class: "network-edge", d: edgePath(ends), "data-place": placeKey(place),
      });
      view.edges[layer].push({ place, ends, path, width: -1, negative: false, summed: false });
      view.marks.set(placeKey(place), path);
      group.append(path);
    }
  }
  return group;
}

function buildLayerNodes(view, layer) {
  const { image, sizes } = view.laid;
  const group = buildShape("g", { class: "network-layer", "data-layer": layer });
  for (let node = 0; node < sizes[layer]; node += 1) {
    group.append(image && layer === 0 ? buildPixel(view, node) : buildNode(view, layer, node));
    if (layer > 0) group.append(buildBias(view, layer, node));
  }
  return group;
}

function nodeButton(view, layer, node, kind) {
  const place = { kind: "node", layer, node };
  const button = buildShape("g", {
    class: kind, role: "button", tabindex: -1, "data-place": placeKey(place),
    "data-layer": layer, "data-node": node, "aria-pressed": "false",
    "aria-label": nodeWords(view.network, layer, node),
  });
  view.marks.set(placeKey(place), button);
  return button;
}

function buildPixel(view, node) {
  const { x, y, side } = pixelPlace(view.laid, node);
  const button = nodeButton(view, 0, node, "network-pixel");
  button.append(buildShape("rect", { x, y, width: side, height: side }));
  return button;
}

function buildNode(view, layer, node) {
  const { columns, heights, sides } = view.laid;
  const side = sides[layer];
  const [x, y] = [columns[layer], heights[layer][node]];
  const button = nodeButton(view, layer, node, "network-node");
  button.append(buildShape("rect", {
    class: "network-frame", x: x - side / 2, y: y - side / 2, width: side, height: side, rx: 3,
  }));
  button.append(...nodeTexts(view, layer, node, { x, y, side }));
  return button;
}

function nodeTexts(view, layer, node, { x, y, side }) {
  const { sizes } = view.laid;
  const last = sizes.length - 1;
  const texts = [];
  const small = view.laid.rows[layer] < 24 ? " network-small" : "";
  const add = (kind, at, text) => {
    const made = buildShape("text", { class: `${kind}${small}`, ...at }, text);
    texts.push(made);
    return made;
  };
  const roomy = side >= 30;
  if (layer === 0) {
    const at = { x: x - side / 2 - 7, y: y + 4, "text-anchor": "end" };
    add("network-name", at, shortText(nodeSign(view.network, 0, node), view.letters.before));
  }
  if (layer === last) {
    const at = { x: x + side / 2 + 7, y: y + 4 };
    add("network-name", at, shortText(outputName(view.network, node), view.letters.after));
  }
  if (roomy) {
    const at = { x, y: y + side / 2 - 4, "text-anchor": "middle" };
    view.values.set(`${layer} ${node}`, add("network-value", at, ""));
  }
  return texts;
}

// A disc with a plus where a bias is positive, a square with a minus where it is negative.
function buildBias(view, layer, node) {
  const { columns, heights, sides } = view.laid;
  const reach = sides[layer] / 2;
  const x = columns[layer] - reach;
  const y = heights[layer][node] + reach;
  const place = { kind: "bias", layer, node };
  const sign = buildShape("path", { class: "network-bias-sign" });
  const body = buildShape("path", { class: "network-bias-body" });
  const mark = buildShape("g", {
    class: "network-bias", transform: `translate(${x} ${y})`, "data-place": placeKey(place),
  }, body, sign);
  view.marks.set(placeKey(place), mark);
  view.biases.push({ place, mark, body, sign, x, y, size: -1, negative: null });
  return mark;
}

// Under the one picture of all inputs stands what it shows just now.
function buildCaption({ image, columns }) {
  const at = image ? { x: columns[0], y: image.y + image.side + 14 } : {};
  return buildShape("text", { class: "network-caption", "text-anchor": "middle", ...at });
}

// What a finger can get hold of: the middle of a selected edge, or a selected bias.
function buildHandle() {
  return buildShape("g", { class: "network-handle", visibility: "hidden" },
    buildShape("circle", { r: 10 }),
    buildShape("path", { d: "M-3.4 -2L0 -5.6L3.4 -2M-3.4 2L0 5.6L3.4 2" }));
}

/**
 * The edge of a weight; with pixels as inputs, that of the whole picture.
 * @param {object} view
 * @param {{layer: number, from: number|null, to: number}} weight
 */
export function edgeOf(view, { layer, from, to }) {
  const { sizes, image } = view.laid;
  if (layer === 1 && image) return view.edges[1]?.[to];
  return view.edges[layer]?.[from * sizes[layer] + to];
}

/** The weight or bias at a place, from the latest frame; @returns {number|undefined} */
export function placeValue(view, place) {
  const { sizes } = view.laid;
  const weights = view.weights;
  if (!weights || place.kind === "node" || place.from === null) return undefined;
  const start = view.offsets[place.layer];
  const row = place.kind === "bias" ? sizes[place.layer - 1] : place.from;
  return weights[start + row * sizes[place.layer] + (place.to ?? place.node)];
}

/**
 * Show the weights of a frame: width by size, color and dashes by sign.
 * @param {object} view
 */
export function drawEdges(view) {
  const { laid, edges, pixel } = view;
  for (const gap of edges) {
    if (!gap) continue;
    const widest = bounded(laid.columnWidth / Math.sqrt(gap.length) / 2.6, 1.6, 7);
    const half = halfWay(view, gap[0].place.layer, 1);
    for (const edge of gap) {
      const summed = edge.place.from === null && pixel === null;
      const weight = summed ? meanSize(view, edge.place.to) : edgeWeight(view, edge);
      const size = Math.abs(weight) || 0;
      const share = size / (size + half);
      const width = Math.round(10 * Math.max(widest * share, size && 0.3)) / 10;
      if (width !== edge.width) {
        edge.width = width;
        edge.path.setAttribute("stroke-width", width);
      }
      if (summed !== edge.summed) {
        edge.summed = summed;
        edge.path.classList.toggle("network-summed", summed);
      }
      const negative = weight < 0;
      if (negative === edge.negative) continue;
      edge.negative = negative;
      edge.path.classList.toggle("network-negative", negative);
    }
  }
}

// The weight that is drawn half as wide as any can be: 1, or the layer's largest where all of them
// are small, as a perceptron's are. Powers of 2, so that edges do not all change at once.
function halfWay(view, layer, most) {
  const { sizes } = view.laid;
  const start = view.offsets[layer];
  const end = start + (sizes[layer - 1] + 1) * sizes[layer];
  let largest = 0;
  for (let i = start; i < end; i += 1) largest = Math.max(largest, Math.abs(view.weights[i]) || 0);
  return largest >= most || largest === 0 ? most : 2 ** Math.ceil(Math.log2(largest));
}

function edgeWeight(view, { place }) {
  const from = place.from ?? view.pixel;
  return view.weights[view.offsets[place.layer] + from * view.laid.sizes[place.layer] + place.to];
}

// How wide the one edge is that stands for the weights of all pixels.
function meanSize(view, to) {
  const { sizes } = view.laid;
  let sum = 0;
  for (let i = 0; i < sizes[0]; i += 1) sum += Math.abs(view.weights[i * sizes[1] + to]);
  return (3 * sum) / sizes[0];
}

/**
 * Show the biases of a frame.
 * @param {object} view
 */
export function drawBiases(view) {
  const most = bounded(view.laid.pictureSide * 0.15, 3.6, 6.5);
  let [layer, half] = [0, 1];
  for (const bias of view.biases) {
    const value = placeValue(view, bias.place) || 0;
    if (bias.place.layer !== layer) {
      layer = bias.place.layer;
      half = halfWay(view, layer, 0.7);
    }
    const part = Math.abs(value) / (Math.abs(value) + half);
    const size = Math.round(4 * (2.2 + (most - 2.2) * part)) / 4;
    const negative = value < 0;
    if (size === bias.size && negative === bias.negative) continue;
    if (negative !== bias.negative) bias.mark.classList.toggle("network-negative", negative);
    bias.size = size;
    bias.negative = negative;
    bias.body.setAttribute("d", negative ? squarePath(size * 0.9) : discPath(size));
    bias.sign.setAttribute("d", size < biasReach ? "" : signPath(size * 0.52, negative));
  }
}

function discPath(r) {
  return `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

function squarePath(r) {
  return `M${-r} ${-r}H${r}V${r}H${-r}Z`;
}

function signPath(r, negative) {
  return `M${-r} 0H${r}${negative ? "" : `M0 ${-r}V${r}`}`;
}

/**
 * Write the values that a point sent through leaves in the nodes.
 * @param {object} view
 * @param {object|null} picked of the frame
 */
export function drawNodeValues(view, picked) {
  if (!picked && !view.valuesShown) return;
  view.valuesShown = Boolean(picked);
  for (const [key, text] of view.values) {
    const [layer, node] = key.split(" ").map(Number);
    const value = picked ? (layer === 0 ? picked.inputs : picked.values[layer - 1])?.[node] : null;
    const words = Number.isFinite(value) ? numberText(value, 2) : "";
    if (text.textContent !== words) text.textContent = words;
  }
}

/** Mark what is selected, and put the handle there; @param {object} view */
export function drawSelected(view) {
  const selection = view.selected;
  const key = selection ? placeKey(selection) : "";
  for (const mark of view.svg.querySelectorAll(".network-selected")) {
    mark.classList.remove("network-selected");
    if (mark.getAttribute("role") === "button") mark.setAttribute("aria-pressed", "false");
  }
  const mark = markOf(view, selection);
  mark?.classList.add("network-selected");
  if (mark?.getAttribute("role") === "button") mark.setAttribute("aria-pressed", "true");
  const at = key && handlePlace(view, selection);
  writeAttribute(view.handle, "visibility", at ? "visible" : "hidden");
  if (at) writeAttribute(view.handle, "transform", `translate(${at.x} ${at.y})`);
}

function handlePlace(view, place) {
  if (place.kind === "bias") {
    const bias = view.biases.find((each) => placeKey(each.place) === placeKey(place));
    return bias && { x: bias.x - 14, y: bias.y + 4 };
  }
  if (place.kind !== "weight" || place.from === null) return null;
  const ends = edgeOf(view, place)?.ends;
  return ends && { x: (ends.x0 + ends.x1) / 2, y: (ends.y0 + ends.y1) / 2 };
}

/** The shape of a place, if it is drawn; @returns {SVGElement|undefined} */
export function markOf(view, place) {
  if (!place) return undefined;
  return place.kind === "weight" ? edgeOf(view, place)?.path : view.marks.get(placeKey(place));
}

/** A label with the value as it is now; @returns {string} */
export function placeLabel(view, place) {
  const { words } = placeNames(view.network, place);
  if (place.kind !== "node") return `${words}: ${numberText(placeValue(view, place))}`;
  if (place.layer === 0) return words;
  const bias = placeValue(view, { kind: "bias", layer: place.layer, node: place.node });
  const value = view.picked?.values[place.layer - 1]?.[place.node];
  const says = Number.isFinite(value) ? `, value ${numberText(value)}` : "";
  return `${words}, bias ${numberText(bias)}${says}`;
}

/** Whether a layer's nodes have pictures; @returns {boolean} */
export function hasPictures(view, layer) {
  return !(layer === 0 && (view.laid.image || inputsAreTight(view.laid)));
}
