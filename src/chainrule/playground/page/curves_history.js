// The losses by epoch as they come with the frames, and where they are drawn.

import { roundTicks } from "./drawing.js";

const logFrom = 30;

/** The kinds of rows whose loss is drawn, in the order of their lines. */
export const lossKinds = ["train", "test", "held_out"];

/**
 * Take a frame's new points; a new version begins anew.
 * @param {object} history
 * @param {object|null} curve of the frame
 */
export function takeCurve(history, curve) {
  if (!curve) return;
  if (curve.version !== history.version || curve.from === 0) {
    history.version = curve.version;
    history.epochs = [];
    for (const kind of lossKinds) history[kind] = [];
  }
  if (curve.epoch.length === 0) return;
  // A frame may tell again what another has told.
  while (history.epochs.length > 0 && history.epochs.at(-1) >= curve.epoch[0]) {
    history.epochs.pop();
    for (const kind of lossKinds) history[kind].pop();
  }
  history.epochs.push(...curve.epoch);
  for (const kind of lossKinds) {
    history[kind].push(...(curve[kind] ?? curve.epoch.map(() => null)));
  }
}

/**
 * From numbers to places.
 * @param {object} view
 * @param {object} frame
 * @returns {object} `x(epoch)`, `y(loss)`, the range of both and whether the axis is logarithmic
 */
export function curveScale(view, frame) {
  const { history, box } = view;
  const runs = lossKinds.map((kind) => history[kind]).concat(frame.race?.curves ?? []);
  const [low, high] = lossRange(runs, frame);
  const lastEpoch = Math.max(history.epochs.at(-1) ?? 0, frame.epoch, frame.race?.epochs ?? 0, 10);
  const log = view.axis === "log" || (view.axis === "auto" && low > 0 && high / low > logFrom);
  const [bottom, top] = log ? [Math.log10(low) - 0.03, Math.log10(high) + 0.05] : [0, high * 1.04];
  const span = top - bottom || 1;
  return {
    log, low, high, lastEpoch, bottom, top,
    x: (epoch) => (epoch / lastEpoch) * box.width,
    y: (loss) => {
      const level = log ? Math.log10(Math.max(loss, low)) : loss;
      return (1 - (level - bottom) / span) * box.height;
    },
  };
}

function lossRange(runs, frame) {
  let [low, high] = [Infinity, -Infinity];
  const take = (loss) => {
    if (loss === null || loss === undefined || !Number.isFinite(loss)) return;
    if (loss > 0) low = Math.min(low, loss);
    high = Math.max(high, loss);
  };
  for (const run of runs) run.forEach(take);
  for (const kind of lossKinds) take(frame[kind]?.loss);
  if (!(high > 0)) high = 1;
  return [Math.min(low, high) > 0 && low < Infinity ? Math.max(low, high * 1e-9) : high / 10, high];
}

/** Round losses for the axis; @returns {number[]} */
export function lossTicks({ log, bottom, top }) {
  if (!log) return roundTicks(0, top, 4);
  const decades = [];
  for (let power = Math.ceil(bottom); power <= Math.floor(top); power += 1) {
    decades.push(10 ** power);
  }
  if (decades.length >= 3) return decades.filter((_, i) => i % Math.ceil(decades.length / 6) === 0);
  const ticks = [];
  for (let power = Math.floor(bottom); power <= Math.ceil(top); power += 1) {
    for (const times of [1, 2, 5]) ticks.push(times * 10 ** power);
  }
  return ticks.filter((tick) => Math.log10(tick) >= bottom && Math.log10(tick) <= top);
}

/** The place in the list of the epoch nearest to one; -1 where there is none; @returns {number} */
export function nearestEpoch(epochs, wanted) {
  if (epochs.length === 0) return -1;
  let [low, high] = [0, epochs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (epochs[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(0, low - 1);
  return Math.abs(epochs[before] - wanted) < Math.abs(epochs[low] - wanted) ? before : low;
}
