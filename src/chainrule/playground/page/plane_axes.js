// The plane's frame: axes with their names and round ticks, a bar for numbers, and the legend.

import { classColor, classShape, color, orderedColor } from "./colors.js";
import { buildShape, numberText, roundTicks, shortText, tickTexts } from "./drawing.js";
import { buildElement } from "./elements.js";
import { curveMark, curveWords, hasCurve } from "./plane_curve.js";
import { hasScale, legendMark, partNames } from "./plane_points.js";

const longestLevel = 8;

/** Room around the plot, CSS pixels. */
export const planeRoom = { right: 10, top: 8, bottom: 40, bar: 36 };

/**
 * Room before the plot: for the name of the axis and for its longest number.
 * @param {object} data of the state message
 * @returns {number}
 */
export function roomBefore({ axes: [, up] }) {
  return 28 + textWidth(axisTicks(up, 6).map(({ text }) => text));
}

/** Room after the plot, where a bar says which color is which number; @returns {number} */
export function roomAfter(range) {
  if (!range) return planeRoom.right;
  return planeRoom.bar + textWidth(tickTexts(roundTicks(range[0], range[1], 5)));
}

function textWidth(texts) {
  return Math.ceil(6.6 * Math.max(1, ...texts.map((text) => Array.from(text).length)));
}

/**
 * Build the axes of the plane.
 * @param {object} view
 * @returns {SVGElement}
 */
export function buildPlaneAxes(view) {
  const { side } = view.field;
  const [across, up] = view.data.axes;
  const group = buildShape("g", { class: "plane-axes", "aria-hidden": "true" });
  group.append(buildShape("rect", { class: "plane-edge", width: side, height: side }));
  const most = Math.floor(side / 7);
  addTicks(group, across, side, (part, text) => [
    buildShape("path", { d: `M${part * side} ${side}v4` }),
    buildShape("text", { x: part * side, y: side + 16, "text-anchor": "middle" }, text),
  ]);
  addTicks(group, up, side, (part, text) => [
    buildShape("path", { d: `M0 ${(1 - part) * side}h-4` }),
    buildShape("text", { x: -7, y: (1 - part) * side + 4, "text-anchor": "end" }, text),
  ]);
  const name = { class: "plane-axis-name", "text-anchor": "middle" };
  group.append(
    buildShape("text", { ...name, x: side / 2, y: side + 34 }, shortText(across.name, most)),
    buildShape("text", {
      ...name, transform: `translate(${12 - view.left} ${side / 2}) rotate(-90)`,
    }, shortText(up.name, most)),
  );
  return group;
}

function addTicks(group, axis, side, shapes) {
  for (const { at, text } of axisTicks(axis, side < 260 ? 4 : 6)) {
    group.append(...shapes((at - axis.low) / (axis.high - axis.low), text));
  }
}

// Categories have their names, as far as there is room for these; numbers are round.
function axisTicks({ low, high, levels }, most) {
  if (levels.length > 0) {
    const letters = Math.max(3, Math.min(longestLevel, Math.floor(48 / levels.length)));
    return levels.map((level, at) => ({ at, text: shortText(level || "(empty)", letters) }));
  }
  const ticks = roundTicks(low, high, most);
  const texts = tickTexts(ticks);
  return ticks.map((at, i) => ({ at, text: texts[i] }));
}

/**
 * Build the bar that says which color stands for which number.
 * @param {object} view
 * @returns {SVGElement}
 */
export function buildPlaneBar(view) {
  const { side } = view.field;
  const group = buildShape("g", {
    class: "plane-bar", transform: `translate(${side + 12} 0)`, "aria-hidden": "true",
  });
  const steps = 48;
  for (let i = 0; i < steps; i += 1) {
    group.append(buildShape("rect", {
      x: 0, width: 12, y: (side * i) / steps, height: side / steps + 0.6,
      fill: orderedColor(1 - (i + 0.5) / steps),
    }));
  }
  const [low, high] = view.range;
  const ticks = roundTicks(low, high, 5);
  const texts = tickTexts(ticks);
  ticks.forEach((tick, i) => {
    const y = (1 - (tick - low) / (high - low || 1)) * side;
    group.append(buildShape("path", { d: `M12 ${y}h4` }),
      buildShape("text", { x: 19, y: y + 4 }, texts[i]));
  });
  return group;
}

/**
 * Fill the legend: classes by color and shape, parts of the data by how they are filled; and what
 * one would not see otherwise.
 * @param {object} view
 */
export function fillPlaneLegend(view) {
  const { classes, counts, notes, target } = view.data;
  const items = (classes ?? []).map((name, i) =>
    legendItem(legendMark(classShape(i), classColor(i), 0), name || "(empty)"));
  if (hasScale(view)) items.push(legendItem(null, `color: ${target || "the number"}`));
  if (hasCurve(view)) items.push(legendItem(curveMark(), curveWords(view)));
  partNames.forEach((name, part) => {
    if (counts[part] === 0 || (part === 1 && !view.showTest)) return;
    const mark = legendMark("circle", color("muted"), part);
    items.push(legendItem(mark, `${name} ${counts[part].toLocaleString("en-US")}`));
  });
  view.legend.replaceChildren(...items);
  view.notes.replaceChildren(...notes.map((text) => buildElement("p", { text })));
}

function legendItem(mark, text) {
  const shown = buildElement("span", { text: shortText(text, 26), title: text });
  return buildElement("li", {}, ...(mark ? [mark] : []), shown);
}

/** The range of the predicted numbers in words; @returns {string} */
export function rangeWords(range) {
  return range ? `from ${numberText(range[0], 3)} to ${numberText(range[1], 3)}` : "";
}
