// A sheet of test images, with what the network takes them for; a click sends one through.

import { sendRowThrough } from "./asking.js";
import { colorBytes, onTheme } from "./colors.js";
import { buildElement } from "./elements.js";
import { pictureOfPoint } from "./pixels.js";
import { onDraw, requestDraw, store, subscribe } from "./store.js";

const mostImages = 60;

/**
 * Show test images in an element; it is hidden where inputs are no pixels.
 * @param {HTMLElement} element
 */
export function makeImagesView(element) {
  const view = {
    element, data: null, from: "", tiles: [], fresh: false, stop: 0,
    summary: buildElement("p", { class: "images-summary" }),
    sheet: buildElement("div", {
      class: "images-sheet", role: "group", "aria-label": "Test images",
    }),
  };
  element.append(view.sheet, view.summary);
  element.hidden = true;
  view.sheet.addEventListener("keydown", (event) => moveAmong(view, event));
  onTheme(() => fillSheetOfImages(view));
  subscribe("state", (state) => takeImages(view, state.data));
  subscribe("frame", () => {
    view.fresh = true;
  });
  onDraw(() => {
    if (view.fresh) drawImages(view);
  });
  if (store.state) takeImages(view, store.state.data);
}

function takeImages(view, data) {
  const from = data.image ? `${data.pixels?.length} ${JSON.stringify(data.points.row)}` : "";
  const parts = JSON.stringify(data.points.part);
  if (from + parts === view.from) return;
  view.from = from + parts;
  view.data = data;
  view.element.hidden = !data.image || !data.pixels;
  fillSheetOfImages(view);
}

function fillSheetOfImages(view) {
  const { data } = view;
  view.tiles = [];
  if (!data?.image || !data.pixels) {
    view.sheet.replaceChildren();
    return;
  }
  data.points.part.forEach((part, point) => {
    if (part === 1 && view.tiles.length < mostImages) view.tiles.push(buildTile(view, point));
  });
  view.sheet.replaceChildren(...view.tiles.map((tile) => tile.button));
  view.fresh = Boolean(store.frame);
  requestDraw();
}

function buildTile(view, point) {
  const { rows, columns } = view.data.image;
  const canvas = buildElement("canvas", { width: columns, height: rows, class: "images-picture" });
  paintPicture(canvas, pictureOfPoint(view.data, point));
  const words = buildElement("span", { class: "images-words" });
  const button = buildElement("button", {
    type: "button", class: "images-tile", tabindex: view.tiles.length === view.stop ? 0 : -1,
    "data-row": view.data.points.row[point],
  }, canvas, words);
  button.addEventListener("click", () => sendRowThrough(view.data.points.row[point]));
  return { point, button, words, says: "" };
}

function paintPicture(canvas, bytes) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const [paper, ink] = [colorBytes("paper"), colorBytes("ink")];
  bytes.forEach((byte, i) => {
    const mixed = paper.map((value, c) => value + (byte / 255) * (ink[c] - value));
    image.data.set([...mixed, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

function drawImages(view) {
  view.fresh = false;
  const { frame } = store;
  if (!frame || view.tiles.length === 0) return;
  const { decided: told } = frame.arrays;
  // A frame of other data may be the latest yet.
  const decided = told?.shape[0] === view.data.points.row.length ? told.data : null;
  const { classes, points } = view.data;
  let wrong = 0;
  for (const tile of view.tiles) {
    const right = classes[points.answer[tile.point]];
    const taken = decided ? classes[decided[tile.point]] : null;
    const isWrong = taken !== null && taken !== right;
    if (isWrong) wrong += 1;
    const picked = frame.picked?.row === points.row[tile.point];
    const says = `${taken ?? right} ${right} ${picked}`;
    if (says === tile.says) continue;
    tile.says = says;
    const known = taken === null ? right : `✓ ${right}`;
    tile.words.textContent = isWrong ? `✗ ${taken}, is ${right}` : known;
    tile.button.classList.toggle("images-wrong", isWrong);
    tile.button.classList.toggle("images-picked", picked);
    const label = taken === null ? "" : isWrong ? `, taken for ${taken}: wrong` : ", right";
    tile.button.setAttribute("aria-label", `a ${right}${label}`);
  }
  const says = decided ? `${wrong} of these ${view.tiles.length} test images are taken for another `
    + "class. Click one to send it through." : "Click an image to send it through.";
  if (view.summary.textContent !== says) view.summary.textContent = says;
}

function moveAmong(view, event) {
  const at = view.tiles.findIndex((tile) => tile.button === document.activeElement);
  const across = Math.max(1, view.tiles.filter((tile) =>
    tile.button.offsetTop === view.tiles[0].button.offsetTop).length);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
  const next = view.tiles[at + (step ?? 0)];
  if (at < 0 || !step || !next) return;
  event.preventDefault();
  view.tiles[at].button.tabIndex = -1;
  next.button.tabIndex = 0;
  view.stop = at + step;
  next.button.focus();
}
