// The curve of what the network says of one column, where what is predicted stands up.

import { color } from "./colors.js";
import { buildShape } from "./drawing.js";
import { plotPlace } from "./plane_points.js";

const curveWidth = 2.4;

/** Whether there is a curve: of a number, or of a class's probability; @returns {boolean} */
export function hasCurve({ data, network }) {
  return data.curve && (data.classes?.length ?? 2) === 2 && network.model !== "perceptron";
}

/** What the curve is, in words; @returns {string} */
export function curveWords({ data: { classes } }) {
  return classes ? `probability of ${classes[1] || "(empty)"}` : "what the network says";
}

/**
 * Draw a frame's curve: its points are the middles of as many equal parts of the axis across.
 * @param {object} view
 * @param {{data: Float32Array}} curve
 */
export function drawCurve(view, { data }) {
  const { context } = view.field;
  const { low, high } = view.data.axes[0];
  const path = new Path2D();
  let isOpen = false;
  data.forEach((value, i) => {
    const at = low + ((i + 0.5) / data.length) * (high - low);
    const { x, y } = plotPlace(view, at, value);
    if (!Number.isFinite(y)) isOpen = false;
    else if (isOpen) path.lineTo(x, y);
    else {
      path.moveTo(x, y);
      isOpen = true;
    }
  });
  context.lineJoin = "round";
  for (const [paint, width] of [[color("paper"), curveWidth + 3], [color("ink"), curveWidth]]) {
    context.strokeStyle = paint;
    context.lineWidth = width;
    context.stroke(path);
  }
}

/** A small drawing of the curve, for the legend; @returns {SVGElement} */
export function curveMark() {
  return buildShape("svg", {
    width: 22, height: 16, viewBox: "0 -8 22 16", "aria-hidden": "true",
  }, buildShape("path", {
    d: "M2 4C8 4 12 -4 20 -4", fill: "none", stroke: color("ink"), "stroke-width": curveWidth,
  }));
}
