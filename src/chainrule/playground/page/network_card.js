// The card beside what is looked at or selected: its name, its value, and a field to change it.

import { bounded, numberText } from "./drawing.js";
import { buildElement, writeText } from "./elements.js";
import { canChange, changePlace, selectPlace } from "./network_actions.js";
import { nodeSign, placeKey, placeNames } from "./network_names.js";
import { edgeOf, placeValue } from "./network_shapes.js";
import { isPixelConstant } from "./pixels.js";

const cardWidth = 216;
const cardGap = 10;

/**
 * Make the card.
 * @param {object} view
 */
export function makeNetworkCard(view) {
  const name = buildElement("strong", { class: "network-card-name", "data-number": "place" });
  const close = buildElement("button", {
    type: "button", class: "network-card-close", "aria-label": "Close", text: "×",
    on: { click: () => closeCard(view) },
  });
  const words = buildElement("p", { class: "network-card-words" });
  const lines = buildElement("dl", { class: "network-card-lines" });
  const input = buildElement("input", {
    type: "number", step: "0.05", class: "network-card-input", "aria-label": "Value",
    autocomplete: "off", id: "network-card-value",
  });
  const label = buildElement("label", { class: "network-card-field" }, "Set it to", input);
  const element = buildElement(
    "div", { class: "network-card", hidden: true, role: "group", "aria-label": "What is selected" },
    buildElement("div", { class: "network-card-head" }, name, close), words, lines, label,
  );
  view.card = { element, name, words, lines, input, label, close, key: "", texts: "" };
  listenToCard(view);
  view.focusCard = () => {
    drawNetworkCard(view);
    (view.card.label.hidden ? view.card.close : input).focus();
  };
  return element;
}

function listenToCard(view) {
  const { element, input } = view.card;
  input.addEventListener("input", () => {
    const value = input.valueAsNumber;
    input.setAttribute("aria-invalid", String(!Number.isFinite(value)));
    changePlace(view, view.selected, value);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closeCard(view);
  });
}

function closeCard(view) {
  const place = view.selected;
  selectPlace(view, null);
  if (place) view.focusPlace(place);
}

/**
 * Show what is looked at, or else what is selected.
 * @param {object} view
 */
export function drawNetworkCard(view) {
  const { card } = view;
  // A node that is open has its numbers in the mathematics: only what can be set keeps its card.
  const place = view.hovered ?? (view.selected?.kind === "node" ? null : view.selected);
  card.element.hidden = !place;
  if (!place) return;
  const key = `${placeKey(place)} ${view.hovered ? "" : "selected"}`;
  const pinned = Boolean(view.selected) && placeKey(view.selected) === placeKey(place);
  if (key !== card.key) {
    card.key = key;
    placeCard(view, place);
    card.element.classList.toggle("network-card-pinned", pinned);
  }
  const { sign, words } = placeNames(view.network, place);
  const value = placeValue(view, place);
  writeText(card.name, Number.isFinite(value) ? `${sign} = ${numberText(value)}` : sign);
  writeText(card.words, words);
  writeLines(card, cardLines(view, place));
  card.label.hidden = !pinned || !canChange(view, place);
  card.close.hidden = !pinned;
  if (!card.label.hidden && document.activeElement !== card.input) {
    const shown = String(Math.round(value * 1e4) / 1e4);
    if (card.input.value !== shown) card.input.value = shown;
  }
}

function cardLines(view, place) {
  const { network, picked, laid } = view;
  const valueOf = (layer, node) =>
    (layer === 0 ? picked?.inputs : picked?.values[layer - 1])?.[node];
  const lines = [];
  if (place.kind === "node") {
    const { layer, node } = place;
    const now = valueOf(layer, node);
    if (Number.isFinite(now)) lines.push(["value", numberText(now)]);
    if (layer === 0 && view.laid.image && isPixelConstant(view.data, node)) {
      lines.push(["in every image", "the same"]);
    }
    if (layer > 0) {
      lines.push(["activation", network.activations[layer - 1] ?? ""]);
      lines.push(["bias", numberText(placeValue(view, { kind: "bias", layer, node }))]);
      lines.push(["weights in", String(laid.sizes[layer - 1])]);
    }
  } else if (place.kind === "weight" && place.from !== null) {
    const now = valueOf(place.layer - 1, place.from);
    const name = nodeSign(network, place.layer - 1, place.from);
    if (Number.isFinite(now)) lines.push([`carries ${name}`, numberText(now)]);
  } else if (place.kind === "weight") {
    lines.push(["one for each pixel", String(laid.sizes[0])]);
  }
  return lines;
}

function writeLines(card, lines) {
  const texts = JSON.stringify(lines);
  if (texts === card.texts) return;
  card.texts = texts;
  card.lines.replaceChildren(...lines.flatMap(([name, value]) => [
    buildElement("dt", { text: name }), buildElement("dd", { text: value }),
  ]));
}

// Beside what it speaks of, and within the view; from known positions, so nothing is measured.
function placeCard(view, place) {
  const { left, right, top, bottom } = placeBox(view, place);
  const above = (top + bottom) / 2 >= view.laid.height * 0.55;
  const wide = place.kind === "weight";
  const after = right - view.scrolled + cardGap;
  const before = left - view.scrolled - cardGap - cardWidth;
  const beside = after + cardWidth < view.width ? after : before;
  const x = wide ? (left + right - cardWidth) / 2 - view.scrolled : beside;
  // Under an edge and the nodes that it joins, or over them; level with a node.
  const low = wide ? bottom + cardGap : top;
  const high = wide ? top - cardGap : bottom;
  const { style } = view.card.element;
  style.left = `${bounded(x, 0, Math.max(0, view.width - cardWidth))}px`;
  style.top = `${view.top + (above ? high : low)}px`;
  style.transform = above ? "translateY(-100%)" : "none";
}

function placeBox(view, place) {
  const { columns, heights, sides, image } = view.laid;
  if (place.kind === "weight") {
    const { ends } = edgeOf(view, place);
    const half = Math.max(sides[place.layer - 1], sides[place.layer]) / 2;
    const [top, bottom] = [Math.min(ends.y0, ends.y1) - half, Math.max(ends.y0, ends.y1) + half];
    return { left: ends.x0, right: ends.x1, top, bottom };
  }
  const { layer, node } = place;
  const y = heights[layer][node];
  if (layer === 0 && image) {
    return { left: image.x, right: image.x + image.side, top: y, bottom: y };
  }
  const half = sides[layer] / 2;
  const x = columns[layer];
  return { left: x - half, right: x + half, top: y - half, bottom: y + half };
}
