// The card beside what is looked at or selected: its name, its value, and a field to change it.

import { numberText } from "./drawing.js";
import { buildElement, writeText } from "./elements.js";
import { canChange, changePlace, selectPlace } from "./network_actions.js";
import { edgePoint } from "./network_layout.js";
import { nodeSign, placeKey, placeNames } from "./network_names.js";
import { edgeOf, placeValue } from "./network_shapes.js";

const cardWidth = 216;

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
  const place = view.hovered ?? view.selected;
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

// Beside the place, and within the view; from known positions, so that nothing is measured.
function placeCard(view, place) {
  const at = placeMiddle(view, place);
  const x = at.x - view.scrolled;
  const left = x + 24 + cardWidth < view.width ? x + 24 : x - 24 - cardWidth;
  const below = at.y < view.laid.height * 0.55;
  const { style } = view.card.element;
  style.left = `${Math.max(0, Math.min(left, view.width - cardWidth))}px`;
  style.top = `${view.top + at.y + (below ? 14 : -14)}px`;
  style.transform = below ? "none" : "translateY(-100%)";
}

function placeMiddle(view, place) {
  const { columns, heights, sides, image } = view.laid;
  if (place.kind === "weight") return edgePoint(edgeOf(view, place).ends, 0.5);
  const { layer, node } = place;
  if (layer === 0 && image) return { x: image.x + image.side, y: heights[0][node] };
  return { x: columns[layer] + sides[layer] / 2, y: heights[layer][node] };
}
