// The losses by epoch: read a value, and go back to an epoch.

import { color, onTheme } from "./colors.js";
import { curveScale, lossKinds, lossTicks, nearestEpoch, takeCurve } from "./curves_history.js";
import { drawLossLines, lossStyles } from "./curves_lines.js";
import {
  bounded, buildShape, numberText, roundTicks, scoreText, shapePath,
  sharpCanvas, tickTexts, watchWidth,
} from "./drawing.js";
import { buildElement, writeText } from "./elements.js";
import { source } from "./source.js";
import { onDrawToRead, requestDraw, store, subscribe } from "./store.js";

const curvesRoom = { left: 52, right: 78, rightWithNames: 128, top: 10, bottom: 36 };
const widthForNames = 420;
const axisNames = { auto: "auto axis", linear: "linear", log: "log" };
const labelHeight = 14;

/**
 * Draw the losses in an element.
 * @param {HTMLElement} element
 */
export function makeCurvesView(element) {
  const view = newCurves();
  element.append(view.score, view.stage, view.legend, buildAxisChoice(view));
  watchCurves(view);
  watchWidth(view.stage, (width) => {
    view.width = width;
    layCurves(view);
  });
  onTheme(() => layCurves(view));
  subscribe("frame", (frame) => {
    takeCurve(view.history, frame.curve);
    view.fresh = true;
  });
  onDrawToRead(() => {
    if (view.fresh && view.context) drawCurves(view);
  });
}

function newCurves() {
  const view = {
    width: 0, axis: "auto", fresh: false, hovered: -1, context: null, box: null, scale: null,
    axes: "", history: { version: null, epochs: [], train: [], test: [], held_out: [] },
    canvas: buildElement("canvas", { class: "curves-canvas", "aria-hidden": "true" }),
    frame: buildShape("g", { class: "curves-axes" }),
    ends: buildShape("g", { class: "curves-ends" }),
    cursor: buildShape("g", { class: "curves-cursor" }),
    svg: buildShape("svg", {
      class: "curves-svg", tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuemax": 0,
      "aria-valuenow": 0, "aria-label": "Losses by epoch; Enter goes back to an epoch",
    }),
    card: buildElement("div", { class: "curves-card", hidden: true, "aria-hidden": "true" }),
    legend: buildElement("ul", { class: "curves-legend", "aria-label": "Lines" }),
    score: buildElement("p", { class: "curves-score" }),
    scoreName: buildElement("span"),
    scoreValue: buildElement("strong", { "data-number": "headline-score" }),
  };
  view.score.append(view.scoreName, " ", view.scoreValue);
  view.svg.append(view.frame, view.ends, view.cursor);
  view.stage = buildElement("div", { class: "curves-stage" }, view.canvas, view.svg, view.card);
  return view;
}

function buildAxisChoice(view) {
  const select = buildElement("select", {
    id: "curves-axis", "aria-label": "Axis of the loss",
    "data-tip": "The axis of the loss: linear, logarithmic, or whichever shows more.",
  },
    ...Object.entries(axisNames).map(([value, text]) => buildElement("option", { value, text })));
  select.addEventListener("change", () => {
    view.axis = select.value;
    view.fresh = true;
    requestDraw();
  });
  return buildElement("div", { class: "curves-choice" }, select);
}

function layCurves(view) {
  if (view.width < 1) return;
  const { left, top, bottom } = curvesRoom;
  view.named = view.width >= widthForNames;
  const right = view.named ? curvesRoom.rightWithNames : curvesRoom.right;
  const width = Math.max(80, view.width - left - right);
  const height = bounded(view.width * 0.42, 130, 300);
  view.box = { width, height };
  view.stage.style.height = `${height + top + bottom}px`;
  view.context = sharpCanvas(view.canvas, width, height);
  view.canvas.style.left = `${left}px`;
  view.canvas.style.top = `${top}px`;
  view.svg.setAttribute("width", view.width);
  view.svg.setAttribute("height", height + top + bottom);
  for (const group of [view.frame, view.ends, view.cursor]) {
    group.setAttribute("transform", `translate(${left} ${top})`);
  }
  view.axes = "";
  view.fresh = Boolean(store.frame);
  requestDraw();
}

function drawCurves(view) {
  view.fresh = false;
  const { frame } = store;
  if (!frame) return;
  writeText(view.scoreName, `Test ${frame.score_name}`);
  writeText(view.scoreValue, scoreText(frame.test?.score, frame.score_name));
  view.scale = curveScale(view, frame);
  drawLossLines(view, frame, view.scale);
  drawLossAxes(view);
  drawEnds(view, frame);
  drawLossLegend(view, frame);
  drawCursor(view);
  describeCurves(view, frame);
}

function drawLossAxes(view) {
  const { scale, box } = view;
  const epochs = roundTicks(0, scale.lastEpoch, box.width < 240 ? 3 : 5)
    .filter((epoch) => Number.isInteger(epoch));
  const losses = lossTicks(scale);
  const texts = scale.log ? losses.map((loss) => numberText(loss, 1)) : tickTexts(losses);
  const places = [...epochs.map((e) => scale.x(e)), ...losses.map((l) => scale.y(l))];
  const axes = JSON.stringify([epochs, texts, places.map(Math.round)]);
  if (axes === view.axes) return;
  view.axes = axes;
  const shapes = [buildShape("path", {
    class: "curves-edge", d: `M0 0V${box.height}H${box.width}`,
  })];
  epochs.forEach((epoch) => shapes.push(
    buildShape("path", { d: `M${scale.x(epoch)} ${box.height}v4` }),
    buildShape("text", { x: scale.x(epoch), y: box.height + 16, "text-anchor": "middle" },
      String(epoch))));
  losses.forEach((loss, i) => shapes.push(
    buildShape("path", { class: "curves-grid", d: `M0 ${scale.y(loss)}H${box.width}` }),
    buildShape("text", { x: -7, y: scale.y(loss) + 4, "text-anchor": "end" }, texts[i])));
  shapes.push(buildShape("text", {
    class: "curves-axis-name", x: box.width / 2, y: box.height + 32, "text-anchor": "middle",
  }, "epoch"));
  view.frame.replaceChildren(...shapes);
}

// The losses as they are now, at the ends of their lines, none over the other.
function drawEnds(view, frame) {
  const { scale, box } = view;
  const labels = lossKinds.filter((kind) => Number.isFinite(frame[kind]?.loss)).map((kind) => {
    const { loss } = frame[kind];
    return { kind, y: scale.y(loss), text: numberText(loss, loss < 0.01 ? 2 : 3) };
  }).sort((one, other) => one.y - other.y);
  labels.forEach((label, i) => {
    const least = i === 0 ? 6 : labels[i - 1].at + labelHeight;
    label.at = Math.max(label.y, least);
  });
  for (let i = labels.length - 1, most = box.height; i >= 0; i -= 1, most -= labelHeight) {
    labels[i].at = Math.min(labels[i].at, most);
  }
  const x = scale.x(frame.epoch);
  const shapes = labels.flatMap(({ kind, y, at, text }) => [
    lossMark(kind, x, y),
    lossMark(kind, box.width + 11, at),
    buildShape("text", { x: box.width + 19, y: at + 4, "data-number": `curve-${kind}` },
      view.named ? `${lossStyles[kind].name} ${text}` : text),
  ]);
  shapes.push(...epochMarks(view, frame));
  view.ends.replaceChildren(...shapes);
}

function lossMark(kind, x, y) {
  const { shape, paint } = lossStyles[kind];
  return buildShape("path", {
    class: "curves-mark", d: shapePath(shape, 3.4), fill: color(paint),
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
  });
}

function epochMarks(view, frame) {
  const { scale, box } = view;
  const marks = [];
  const add = (kind, epoch, text, row) => {
    const x = scale.x(epoch);
    const before = x > box.width * 0.6;
    marks.push(buildShape("path", { class: kind, d: `M${x} 0V${box.height}` }),
      buildShape("text", {
        class: "curves-mark-words", x: before ? x - 4 : x + 4, y: 10 + 13 * row,
        "text-anchor": before ? "end" : "start",
      }, text));
  };
  if (Number.isFinite(frame.best_epoch) && view.history.epochs.length > 1) {
    add("curves-best", frame.best_epoch, `best: epoch ${frame.best_epoch}`, 0);
  }
  if (frame.stopped) add("curves-stopped", frame.epoch, "stopped", 1);
  return marks;
}

function drawLossLegend(view, frame) {
  const kinds = lossKinds.filter((kind) => view.history[kind].some((loss) => loss !== null));
  const starts = frame.race ? frame.race.curves.length : 0;
  const seed = frame.race?.seeds?.[frame.race.best];
  const key = `${kinds.join()} ${starts} ${seed} ${frame.race?.over} ${color("class-0")}`;
  if (key === view.legendKey) return;
  view.legendKey = key;
  const items = kinds.map((kind) => {
    const { name, paint, dash, width } = lossStyles[kind];
    return curvesLegendItem(`${name} loss`, {
      stroke: color(paint), "stroke-width": width, "stroke-dasharray": dash.join(" ") || null,
    }, lossMark(kind, 22, 5));
  });
  if (starts) {
    const winner = `${frame.race.over ? "won by" : "ahead:"} seed ${seed}`;
    items.push(curvesLegendItem(winner, { stroke: color("ink"), "stroke-width": 2.6 }),
      curvesLegendItem(`the other ${starts - 1} starts`, { stroke: color("muted"), opacity: 0.6 }));
  }
  view.legend.replaceChildren(...items);
}

function curvesLegendItem(text, style, ...marks) {
  const line = buildShape("svg", { width: 28, height: 10, "aria-hidden": "true" },
    buildShape("path", { d: "M0 5H28", ...style }), ...marks);
  return buildElement("li", {}, line, text);
}

function watchCurves(view) {
  const { svg } = view;
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    readEpoch(view, event.clientX - box.left - curvesRoom.left);
  });
  svg.addEventListener("pointerleave", () => readEpochAt(view, -1));
  svg.addEventListener("click", () => rewindTo(view));
  svg.addEventListener("blur", () => readEpochAt(view, -1));
  svg.addEventListener("keydown", (event) => {
    const last = view.history.epochs.length - 1;
    const from = view.hovered >= 0 ? view.hovered : last;
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10,
      PageUp: 10, Home: -Infinity, End: Infinity }[event.key];
    if (last >= 0 && step) readEpochAt(view, bounded(from + step, 0, last));
    else if (event.key === "Enter") rewindTo(view);
    else return;
    event.preventDefault();
  });
}

function readEpoch(view, x) {
  const { scale, box, history } = view;
  if (!scale || x < -6 || x > box.width + 6) return readEpochAt(view, -1);
  return readEpochAt(view, nearestEpoch(history.epochs, (x / box.width) * scale.lastEpoch));
}

function readEpochAt(view, at) {
  view.hovered = at;
  if (!view.scale) return;
  drawCursor(view);
  if (store.frame) describeCurves(view, store.frame);
}

function rewindTo(view) {
  const epoch = view.history.epochs[view.hovered];
  if (epoch !== undefined) source.send("rewind", { epoch });
}

function drawCursor(view) {
  const { hovered, history, scale, box, card } = view;
  const known = hovered >= 0 && hovered < history.epochs.length;
  card.hidden = !known;
  if (!known) {
    view.cursor.replaceChildren();
    return;
  }
  const x = scale.x(history.epochs[hovered]);
  const dots = lossKinds.filter((kind) => Number.isFinite(history[kind][hovered])).map((kind) =>
    buildShape("circle", {
      cx: x, cy: scale.y(history[kind][hovered]), r: 4, stroke: color(lossStyles[kind].paint),
    }));
  view.cursor.replaceChildren(buildShape("path", { d: `M${x} 0V${box.height}` }), ...dots);
  writeText(card, `${readingWords(view, hovered)} Click to go back to it.`);
  card.style.left = `${bounded(curvesRoom.left + x - 90, 0, view.width - 190)}px`;
}

function readingWords({ history }, at) {
  const says = lossKinds.filter((kind) => Number.isFinite(history[kind][at]))
    .map((kind) => `${lossStyles[kind].name} loss ${numberText(history[kind][at], 4)}`);
  return `Epoch ${history.epochs[at]}: ${says.join(", ")}.`;
}

function describeCurves(view, frame) {
  if (frame.playing && view.hovered < 0) return;
  const { epochs } = view.history;
  const at = view.hovered >= 0 ? view.hovered : epochs.length - 1;
  if (at < 0) return;
  view.svg.setAttribute("aria-valuemax", epochs.at(-1));
  view.svg.setAttribute("aria-valuenow", epochs[at]);
  view.svg.setAttribute("aria-valuetext", readingWords(view, at));
}
