// The weights and biases as tables, for whoever would rather read than look.

import { numberText } from "./drawing.js";
import { buildElement, writeText } from "./elements.js";
import { nodeSign, outputName } from "./network_names.js";
import { placeValue } from "./network_shapes.js";

const pauseBetween = 250;

/**
 * Make the part that opens.
 * @param {object} view
 * @returns {HTMLElement}
 */
export function makeNetworkTables(view) {
  const body = buildElement("div", { class: "network-tables" });
  const details = buildElement("details", { class: "network-numbers" },
    buildElement("summary", { text: "The weights as numbers" }), body);
  view.tables = { details, body, cells: [], built: null, time: -Infinity };
  details.addEventListener("toggle", () => drawNetworkTables(view, true));
  return details;
}

/**
 * Write the tables, if they are open, a few times a second.
 * @param {object} view
 * @param {boolean} [now] whether it cannot wait
 */
export function drawNetworkTables(view, now = false) {
  const { tables } = view;
  if (!tables.details.open || !view.weights) return;
  const time = performance.now();
  if (!now && view.playing && time - tables.time < pauseBetween) return;
  tables.time = time;
  if (tables.built !== view.laid.sizes.join()) buildTables(view);
  for (const { cell, place } of tables.cells) writeText(cell, numberText(placeValue(view, place)));
}

/** The next opening builds the tables anew; @param {object} view */
export function forgetNetworkTables(view) {
  view.tables.built = null;
}

function buildTables(view) {
  const { tables, laid } = view;
  tables.built = laid.sizes.join();
  tables.cells = [];
  const made = laid.sizes.slice(1).map((_, i) => buildTable(view, i + 1));
  tables.body.replaceChildren(...made);
}

function buildTable(view, layer) {
  const { network, laid } = view;
  const last = laid.sizes.length - 1;
  const title = layer === last ? "Output layer" : `Hidden layer ${layer}`;
  const heads = Array.from({ length: laid.sizes[layer] }, (_, node) => {
    const name = layer === last ? outputName(network, node) : "";
    const sign = nodeSign(network, layer, node);
    return buildElement("th", { scope: "col", text: name ? `${sign} ${name}` : sign });
  });
  const corner = buildElement("th", { scope: "col", text: "from ↓ to →" });
  const rows = Array.from({ length: laid.sizes[layer - 1] }, (_, from) =>
    buildRow(view, layer, nodeSign(network, layer - 1, from), (to) => (
      { kind: "weight", layer, from, to })));
  rows.push(buildRow(view, layer, "bias", (node) => ({ kind: "bias", layer, node })));
  const table = buildElement("table", {},
    buildElement("caption", { text: title }),
    buildElement("thead", {}, buildElement("tr", {}, corner, ...heads)),
    buildElement("tbody", {}, ...rows));
  return buildElement("div", {
    class: "network-table", tabindex: "0", role: "region", "aria-label": `${title}: weights`,
  }, table);
}

function buildRow(view, layer, name, placeAt) {
  const cells = Array.from({ length: view.laid.sizes[layer] }, (_, to) => {
    const cell = buildElement("td");
    view.tables.cells.push({ cell, place: placeAt(to) });
    return cell;
  });
  return buildElement("tr", {}, buildElement("th", { scope: "row", text: name }), ...cells);
}
