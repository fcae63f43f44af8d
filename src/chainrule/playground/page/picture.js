// A picture of what is on the page: its canvases, drawings and texts, painted where they stand.

import { store } from "./store.js";

const pictureScale = 2;
const gap = 20;
const margin = 28;
const narrowest = 640;
const svgNamespace = "http://www.w3.org/2000/svg";
const unpainted =
  "button, input, select, textarea, label, details, dialog, .unseen, .network-hint, [hidden]";
const drawnProperties = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"],
  ...["stroke-linecap", "stroke-linejoin", "opacity", "visibility", "display", "paint-order"],
  ...["font-family", "font-size", "font-style", "font-weight", "text-anchor", "letter-spacing"],
  ...["dominant-baseline", "vector-effect", "color", "image-rendering"],
];

/**
 * Paint network, plane and curves with title, numbers and settings.
 * @returns {Promise<Blob>} a PNG
 */
export async function makePicture() {
  const parts = ["network", "plane", "curves"].map((id) => document.getElementById(id));
  const boxes = arrange(parts.filter((part) => part && part.getBoundingClientRect().height > 0));
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const words = pictureWords();
  const lines = wrapWords(context, words.settings, boxes.width);
  const below = 24 + 18 * (lines.length + 1);
  canvas.width = pictureScale * (boxes.width + 2 * margin);
  canvas.height = pictureScale * (boxes.height + 72 + below + margin);
  context.scale(pictureScale, pictureScale);
  paintGround(context, canvas);
  paintWords(context, words, lines, boxes);
  // All of one moment: what is on the page may move while drawings are decoded.
  const drawings = boxes.placed.flatMap(({ element, x, y }) =>
    paintElement(context, element, x + margin, y + 72),
  );
  for (const drawing of drawings) await paintDrawing(context, drawing);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}

/**
 * The network alone as a file that drawing programs read.
 * @returns {Blob} SVG
 */
export function networkDrawing() {
  const element = document.getElementById("network");
  const drawing = largestDrawing(element);
  const pictures = element.querySelector("canvas");
  const text = svgText(drawing, [paperOf(), ...(pictures ? [embedded(pictures, drawing)] : [])]);
  return new Blob([text], { type: "image/svg+xml" });
}

// What is drawn for a dark page is read on a dark ground only.
function paperOf() {
  const paper = document.createElementNS(svgNamespace, "rect");
  const fill = getComputedStyle(document.body).backgroundColor;
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill })) {
    paper.setAttribute(name, value);
  }
  return paper;
}

// The nodes' pictures are painted on a canvas that lies under the drawing.
function embedded(canvas, drawing) {
  const [place, origin] = [canvas, drawing].map((element) => element.getBoundingClientRect());
  const image = document.createElementNS(svgNamespace, "image");
  const numbers = {
    x: place.left - origin.left,
    y: place.top - origin.top,
    width: place.width,
    height: place.height,
  };
  for (const [name, value] of Object.entries(numbers)) image.setAttribute(name, value);
  image.setAttribute("href", canvas.toDataURL());
  return image;
}

// As on the page: side by side where they stand side by side, one below another on a phone.
function arrange(elements) {
  const rects = elements.map((element) => element.getBoundingClientRect());
  const left = Math.min(...rects.map((rect) => rect.left));
  const placed = [];
  let height = 0;
  for (const [at, element] of elements.entries()) {
    const beside = placed.findLast(({ index }) => rects[index].right <= rects[at].left);
    const over = placed.filter(
      ({ index }) => rects[index].left < rects[at].right && rects[at].left < rects[index].right,
    );
    const y = over.length
      ? Math.max(...over.map((one) => one.y + rects[one.index].height + gap))
      : (beside?.y ?? 0);
    placed.push({ element, index: at, x: rects[at].left - left, y });
    height = Math.max(height, y + rects[at].height);
  }
  const right = Math.max(...rects.map((rect) => rect.right));
  return { placed, width: Math.max(right - left, narrowest), height };
}

function paintGround(context, canvas) {
  const style = getComputedStyle(document.body);
  context.fillStyle = style.getPropertyValue("--paper") || "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.color;
}

function pictureWords() {
  const { frame, state } = store;
  const told = (name, part) => {
    if (!part) return "";
    const score = `${frame.score_name} ${shortNumber(part.score)}`;
    return `${name}: loss ${shortNumber(part.loss)}, ${score}`;
  };
  const numbers = frame
    ? [`epoch ${frame.epoch}`, told("training", frame.train), told("test", frame.test)]
    : [];
  return {
    title: state?.title ?? "",
    numbers: numbers.filter(Boolean).join("  ·  "),
    settings: changedSettings(),
  };
}

function shortNumber(value) {
  return value === null || value === undefined ? "–" : value.toPrecision(4);
}

// What is at its default is what everybody has.
function changedSettings() {
  const { welcome, state } = store;
  if (!welcome || !state) return "";
  const shown = welcome.settings.filter(({ name }) => state.shown.includes(name));
  const changed = shown.filter(({ name, group, default: first }) => {
    return group !== "view" && JSON.stringify(state.settings[name]) !== JSON.stringify(first);
  });
  const seeds = shown.filter((one) => one.name.endsWith("seed") && !changed.includes(one));
  return [...changed, ...seeds].map(settingWords).join(" · ");
}

function settingWords({ name, label, choices, unit }) {
  const value = store.state.settings[name];
  const called = (one) => choices?.find(([key]) => key === one)?.[1] ?? String(one);
  const told = Array.isArray(value) ? value.map(called).join(", ") : called(value);
  return `${label}: ${told}${unit}`;
}

function wrapWords(context, text, width) {
  context.font = pictureFont(13);
  const lines = [""];
  for (const word of text.split(" · ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} · ${word}` : word;
    if (context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function pictureFont(size, weight = "400") {
  return `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
}

function paintWords(context, words, lines, boxes) {
  context.textBaseline = "alphabetic";
  context.font = pictureFont(20, "600");
  context.fillText(words.title, margin, margin + 16, boxes.width);
  context.font = pictureFont(13);
  context.fillText(words.numbers, margin, margin + 36, boxes.width);
  lines.forEach((line, at) => {
    context.fillText(line, margin, 72 + boxes.height + 28 + 18 * at, boxes.width);
  });
}

// ---------------------------------------------------------------- painting an element

// Returns the drawings in it, which are painted later: where, within what, and their texts.
function paintElement(context, element, x, y) {
  const { left, top, width, height } = element.getBoundingClientRect();
  const room = [x, y, width, height];
  const drawings = [];
  paintWithin(context, room, () => {
    paintNode(context, element, { x: x - left, y: y - top }, drawings);
  });
  return drawings.map((drawing) => ({ ...drawing, room }));
}

function paintWithin(context, room, paint) {
  context.save();
  context.beginPath();
  context.rect(...room);
  context.clip();
  paint();
  context.restore();
}

function paintNode(context, node, shift, drawings) {
  if (node.nodeType === Node.TEXT_NODE) paintText(context, node, shift);
  if (node.nodeType !== Node.ELEMENT_NODE || !isPainted(node)) return;
  const { left, top, width, height } = node.getBoundingClientRect();
  const place = [left + shift.x, top + shift.y, width, height];
  if (node instanceof HTMLCanvasElement) {
    if (node.width > 0 && node.height > 0) paintCanvas(context, node, place);
  } else if (node instanceof SVGSVGElement) {
    if (width > 0 && height > 0) drawings.push({ place, text: svgText(node) });
  } else {
    for (const child of node.childNodes) paintNode(context, child, shift, drawings);
  }
}

async function paintDrawing(context, { place, text, room }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  paintWithin(context, room, () => context.drawImage(image, ...place));
}

function isPainted(element) {
  if (element.matches(unpainted)) {
    return false;
  }
  return element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

function paintCanvas(context, canvas, place) {
  const before = context.imageSmoothingEnabled;
  context.imageSmoothingEnabled = getComputedStyle(canvas).imageRendering !== "pixelated";
  context.drawImage(canvas, ...place);
  context.imageSmoothingEnabled = before;
}

function paintText(context, node, shift) {
  if (node.textContent.trim() === "") return;
  const style = getComputedStyle(node.parentElement);
  const range = document.createRange();
  context.save();
  context.fillStyle = style.color;
  context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.textBaseline = "middle";
  for (const { from, to } of wordsOf(node.textContent)) {
    range.setStart(node, from);
    range.setEnd(node, to);
    const rect = range.getBoundingClientRect();
    const word = node.textContent.slice(from, to);
    context.fillText(word, rect.left + shift.x, rect.top + rect.height / 2 + shift.y);
  }
  context.restore();
}

// Word by word, since a line may break at every space.
function wordsOf(text) {
  const found = text.matchAll(/\S+/gu);
  return Array.from(found, (match) => ({ from: match.index, to: match.index + match[0].length }));
}

// ---------------------------------------------------------------- drawings

function largestDrawing(element) {
  const area = (drawing) => drawing.clientWidth * drawing.clientHeight;
  const drawings = [...(element?.querySelectorAll("svg") ?? [])];
  return drawings.sort((one, other) => area(other) - area(one))[0];
}

// A drawing by itself has no style sheet: what it looks like is written into it.
function svgText(drawing, below = []) {
  const { width, height } = drawing.getBoundingClientRect();
  const copy = drawing.cloneNode(true);
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  originals.forEach((original, at) => writeStyle(original, copies[at]));
  copy.setAttribute("xmlns", svgNamespace);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.prepend(...below);
  return new XMLSerializer().serializeToString(copy);
}

function writeStyle(original, copy) {
  const style = getComputedStyle(original);
  for (const name of drawnProperties) copy.style.setProperty(name, style.getPropertyValue(name));
  copy.removeAttribute("class");
}
