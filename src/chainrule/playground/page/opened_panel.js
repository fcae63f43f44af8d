// A node or a weight that was opened: its chain, its update, and its numbers as a table.

import { makeCopyButton } from "./copying.js";
import { buildElement, writeText } from "./elements.js";
import { putHtml } from "./formulas.js";
import { publish } from "./store.js";

/** Shows an `inspection` message. */
export class OpenedPanel {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.message = null;
    this.heading = buildElement("h3", { class: "maths-heading" });
    this.formulas = buildElement("div", { class: "maths-opened chainrule" });
    this.rows = buildElement("tbody");
    const head = buildElement(
      "tr",
      {},
      buildElement("th", { scope: "col", text: "number" }),
      buildElement("th", { scope: "col", class: "number", text: "value" }),
    );
    const caption = buildElement("caption", { text: "Its numbers" });
    this.table = buildElement(
      "table",
      { class: "maths-table" },
      ...[caption, buildElement("thead", {}, head), this.rows],
    );
    this.copy = makeCopyButton("Copy the numbers", () => numbersAsText(this.message.numbers));
    this.numbers = buildElement("div", { class: "maths-numbers" }, this.table, this.copy);
    const parts = buildElement("div", { class: "maths-open" }, this.formulas, this.numbers);
    element.append(this.heading, parts);
  }

  /**
   * Show an inspection.
   * @param {{title: string, html: string, places: object[],
   *   numbers: {name: string, value: number|string|null}[]}} message
   * @param {boolean} stay whether the same thing was shown, so that its place is lit already
   */
  show(message, stay) {
    this.message = message;
    writeText(this.heading, message.title);
    putHtml(this.formulas, message.html);
    this.rows.replaceChildren(...message.numbers.map(numberRow));
    this.numbers.hidden = message.numbers.length === 0;
    if (!stay) publish("light", message.places);
  }
}

function numberRow({ name, value }) {
  const cells = [
    buildElement("th", { scope: "row", text: name }),
    buildElement("td", { class: "number", text: openedNumber(value) }),
  ];
  return buildElement("tr", {}, ...cells);
}

// Six significant digits, as the formulas have them, with a minus sign that is one.
function openedNumber(value) {
  if (typeof value !== "number") return String(value ?? "–");
  return String(Number(value.toPrecision(6))).replaceAll("-", "−");
}

// For a spreadsheet: all digits, a tab between, plain minus signs.
function numbersAsText(numbers) {
  return numbers.map(({ name, value }) => `${name}\t${value ?? ""}`).join("\n");
}
