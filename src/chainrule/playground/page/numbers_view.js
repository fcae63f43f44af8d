// The numbers, as text: where the training is, how well it does, what it takes for what.

import { numberText, scoreText } from "./drawing.js";
import { buildElement, writeText } from "./elements.js";
import { onDrawToRead, store, subscribe } from "./store.js";

const manyClasses = 6;

const rowsOfNumbers = [
  ["epoch", "epoch", (frame) => String(frame.epoch)],
  ["steps", "updates", (frame) => (Number.isFinite(frame.steps) ? String(frame.steps) : null)],
  ["batch", "mini-batch", (frame) => (frame.batch ? String(frame.batch) : null)],
  ["point", "rows of this epoch",
    (frame) => (frame.point ? `${frame.point} of ${frame.rows}` : null)],
  ["train-loss", "training loss", (frame) => numberText(frame.train?.loss)],
  ["test-loss", "test loss", (frame) => numberText(frame.test?.loss)],
  ["held-out-loss", "held-out loss", (frame) => frame.held_out && numberText(frame.held_out.loss)],
  ["train-score", "training", (frame) => scoreText(frame.train?.score, frame.score_name)],
  ["test-score", "test", (frame) => scoreText(frame.test?.score, frame.score_name)],
  ["held-out-score", "held-out",
    (frame) => frame.held_out && scoreText(frame.held_out.score, frame.score_name)],
  ["error", "error", () => store.state.network.error],
  ["rate", "learning rate", (frame) => numberText(frame.rate, 3)],
  ["epochs-per-second", "epochs a second", (frame) =>
    (frame.epochs_per_second ? numberText(frame.epochs_per_second, 3) : null)],
  ["best-epoch", "best epoch", (frame) =>
    (Number.isFinite(frame.best_epoch) ? String(frame.best_epoch) : null)],
];

/**
 * Show the numbers in an element.
 * @param {HTMLElement} element
 */
export function makeNumbersView(element) {
  const list = buildElement("dl", { class: "numbers-list" });
  const view = {
    fresh: false, rows: [], said: "", matrix: null, classes: "", cells: [],
    stopped: buildElement("p", {
      class: "numbers-stopped", "data-number": "stopped", hidden: true,
    }),
    news: buildElement("p", { class: "unseen", role: "status", "data-number": "news" }),
    place: buildElement("div", { class: "numbers-confusion" }),
  };
  for (const row of rowsOfNumbers) view.rows.push(buildNumber(list, row));
  element.append(list, view.stopped, view.place, view.news);
  subscribe("frame", () => {
    view.fresh = true;
  });
  onDrawToRead(() => {
    if (view.fresh && store.state) drawNumbers(view);
  });
}

function buildNumber(list, [name, label, text]) {
  const term = buildElement("dt", { text: label });
  const value = buildElement("dd", { "data-number": name });
  const row = buildElement("div", { class: "numbers-row" }, term, value);
  list.append(row);
  return { name, row, term, label, value, text };
}

function drawNumbers(view) {
  view.fresh = false;
  const { frame, state } = store;
  for (const { name, row, term, label, value, text } of view.rows) {
    const says = text(frame);
    row.hidden = says === null;
    if (says !== null) writeText(value, says);
    if (name.endsWith("score")) writeText(term, `${label} ${frame.score_name}`);
  }
  view.stopped.hidden = !frame.stopped;
  writeText(view.stopped, frame.stopped ?? "");
  drawConfusion(view, frame.confusion, state.data);
  tellNews(view, frame);
}

function drawConfusion(view, confusion, { classes, target }) {
  view.place.hidden = !confusion || !classes;
  if (!confusion || !classes) return;
  const key = JSON.stringify([classes, target]);
  if (key !== view.classes) buildConfusion(view, classes, target, key);
  confusion.forEach((counts, row) => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    counts.forEach((count, column) => {
      const cell = view.cells[row]?.[column];
      if (!cell) return;
      writeText(cell, String(count));
      const share = all ? Math.ceil((5 * count) / all) : 0;
      const kind = `numbers-${row === column ? "right" : "wrong"} numbers-share-${share}`;
      if (cell.className !== kind) cell.className = kind;
    });
  });
}

function buildConfusion(view, classes, target, key) {
  view.classes = key;
  const named = (name) => name || "(empty)";
  view.cells = classes.map(() => classes.map(() => buildElement("td")));
  const heads = classes.map((name) =>
    buildElement("th", { scope: "col", text: named(name), title: named(name) }));
  const corner = buildElement("th", {
    scope: "col", class: "numbers-corner", text: "is ↓ taken for →",
  });
  const rows = classes.map((name, i) => buildElement("tr", {},
    buildElement("th", { scope: "row", text: named(name), title: named(name) }), ...view.cells[i]));
  const table = buildElement("table", { "data-number": "confusion" },
    buildElement("caption", {
      text: `Test rows by ${target || "class"}`,
    }),
    buildElement("thead", {}, buildElement("tr", {}, corner, ...heads)),
    buildElement("tbody", {}, ...rows));
  view.place.replaceChildren(buildElement("div", {
    class: classes.length > manyClasses ? "numbers-table numbers-many" : "numbers-table",
    tabindex: "0", role: "region", "aria-label": "Confusion matrix",
  }, table));
}

// Said aloud only when it stands still: a reader could not keep up with what moves.
function tellNews(view, frame) {
  if (frame.playing) return;
  const score = scoreText(frame.test?.score, frame.score_name);
  const says = `Epoch ${frame.epoch}: training loss ${numberText(frame.train?.loss, 3)}, test loss `
    + `${numberText(frame.test?.loss, 3)}, test ${frame.score_name} ${score}.`
    + (frame.stopped ? ` ${frame.stopped}` : "");
  writeText(view.news, says);
}
