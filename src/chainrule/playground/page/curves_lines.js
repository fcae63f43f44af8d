// The lines of the losses on their canvas.

import { color } from "./colors.js";

/** Color, dashes and end of each line: none is told by color alone. */
export const lossStyles = {
  train: { name: "training", paint: "class-0", dash: [], width: 2, shape: "circle" },
  test: { name: "test", paint: "class-1", dash: [7, 3], width: 2, shape: "square" },
  held_out: { name: "held-out", paint: "class-2", dash: [2, 3], width: 2, shape: "triangle" },
};

/**
 * Draw all lines.
 * @param {object} view
 * @param {object} frame
 * @param {object} scale
 */
export function drawLossLines(view, frame, scale) {
  const { context, box, history } = view;
  context.clearRect(0, 0, box.width, box.height);
  if (frame.race) drawRace(context, frame.race, scale);
  for (const [kind, style] of Object.entries(lossStyles)) {
    context.strokeStyle = color(style.paint);
    context.lineWidth = style.width;
    context.setLineDash(style.dash);
    strokeRun(context, history.epochs, history[kind], scale);
    markSingle(context, { epochs: history.epochs, losses: history[kind] }, scale);
  }
  context.setLineDash([]);
}

// One epoch alone is no line yet.
function markSingle(context, { epochs, losses }, scale) {
  if (epochs.length !== 1 || !Number.isFinite(losses[0])) return;
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.arc(scale.x(epochs[0]), scale.y(losses[0]), 2.5, 0, 2 * Math.PI);
  context.fill();
}

function drawRace(context, race, scale) {
  context.setLineDash([]);
  const epochsOf = (start) => race.epoch?.[start] ?? race.curves[start].map((_, i) => i);
  race.curves.forEach((losses, start) => {
    const best = start === race.best;
    context.strokeStyle = color(best ? "ink" : "muted");
    context.globalAlpha = best ? 0.9 : 0.4;
    context.lineWidth = best ? 2.6 : 1.1;
    strokeRun(context, epochsOf(start), losses, scale);
  });
  context.globalAlpha = 1;
}

// Of epochs that fall on the same column of pixels the lowest and the highest loss are drawn.
function strokeRun(context, epochs, losses, { x, y }) {
  let column = NaN;
  let [low, high, last] = [0, 0, 0];
  let isBegun = false;
  const close = () => {
    if (Number.isNaN(column)) return;
    context.lineTo(column, y(low));
    if (high !== low) context.lineTo(column, y(high));
    if (last !== high) context.lineTo(column, y(last));
  };
  context.beginPath();
  for (let i = 0; i < epochs.length; i += 1) {
    const loss = losses[i];
    if (loss === null || loss === undefined || !Number.isFinite(loss)) continue;
    const at = Math.round(x(epochs[i]) * 2) / 2;
    if (at !== column) {
      close();
      if (!isBegun) context.moveTo(at, y(loss));
      isBegun = true;
      [column, low, high] = [at, loss, loss];
    }
    low = Math.min(low, loss);
    high = Math.max(high, loss);
    last = loss;
  }
  close();
  context.stroke();
}
