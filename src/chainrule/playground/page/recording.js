// A recorded run in the place of the server: it plays, goes to any frame, and tells what it knows.

import { buildElement } from "./elements.js";
import { decodeFrame } from "./frames.js";
import { onDraw, publish, store } from "./store.js";
import { doWaiting } from "./throttle.js";

const recordedPlaces = [
  ...["#controls-data", "#controls-features", "#controls-network .field", "#controls-training"],
  ...[".layer-control", "#controls-pace :has(> #set-play_by)"],
].join(", ");
const recordedButtons = "#do-restart, #do-batch, #do-point, .group-race";
const unchangeable =
  "This is a recorded run: its settings cannot be changed. " +
  "On a computer with chainrule, “chainrule playground” does that.";

const recording = {
  data: null,
  frames: [], // buffers
  headers: [],
  at: 0,
  pick: null, // which of the points that were recorded
  timer: null,
  curveVersion: 0,
  id: 0,
};

const recordedAnswers = {
  play: playRecording,
  pause: pauseRecording,
  advance: advanceRecording,
  reset: () => showRecorded(0),
  rewind: ({ epoch }) => {
    pauseRecording();
    showRecorded(frameOfEpoch(epoch));
  },
  set: setInRecording,
  pick: pickInRecording,
  explain: explainRecorded,
  inspect: inspectRecorded,
  python: () => {
    if (recording.data.python) publish("python", { code: recording.data.python });
    else tellRecorded("The recording has no Python.");
  },
  shown: () => {},
};

/** Read the recording that is in this page, and show its end. */
export async function connectRecording() {
  const [recorded, frames] = await Promise.all([
    unpackText("recorded"),
    unpackText("recorded-frames"),
  ]);
  recording.data = JSON.parse(new TextDecoder().decode(recorded));
  cutFrames(new Uint8Array(frames), recording.data.lengths);
  publish("connection", "open");
  const { welcome, picks } = recording.data;
  publish("welcome", { ...welcome, recorded: true, first: picks[0]?.row ?? null });
  publish("state", recording.data.state);
  onDraw(disableRecorded);
  tellAboutRecording();
  showRecorded(recording.frames.length - 1);
}

/**
 * Answer a message as the server would, as far as the recording knows.
 * @param {string} type
 * @param {object} fields
 * @returns {number} the message's id
 */
export function sendRecording(type, fields = {}) {
  doWaiting();
  recording.id += 1;
  const message = { ...fields, id: recording.id };
  // Answers come later, as they do from a server; as long as nothing is read there are none.
  if (recording.data !== null) {
    setTimeout(() => (recordedAnswers[type] ?? refuseRecorded)(message), 0);
  }
  return recording.id;
}

// ---------------------------------------------------------------- reading

async function unpackText(id) {
  const text = document.getElementById(id).textContent;
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

// A frame is written as what differs from the one before it, both laid end to end.
function cutFrames(bytes, lengths) {
  let start = 0;
  let last = new Uint8Array(0);
  for (const length of lengths) {
    const frame = bytes.slice(start, start + length);
    const common = Math.min(length, last.length);
    for (let i = 1; i <= common; i += 1) frame[length - i] += last[last.length - i];
    recording.frames.push(frame.buffer);
    recording.headers.push(decodeFrame(frame.buffer));
    start += length;
    last = frame;
  }
}

// ---------------------------------------------------------------- frames

function showRecorded(at) {
  recording.at = Math.max(0, Math.min(at, recording.frames.length - 1));
  const header = recording.headers[recording.at];
  const values = recording.data.picks[recording.pick]?.values[recording.at] ?? null;
  publish("frame", {
    ...header,
    playing: recording.timer !== null,
    furthest: recording.headers.at(-1).epoch,
    epochs_per_second: null,
    picked: values,
    curve: curveUpTo(recording.at),
  });
}

// A frame has what is new in the curve; somebody who goes to any frame needs all of it.
function curveUpTo(at) {
  let first = at;
  while (first > 0 && recording.headers[first].curve.from > 0) first -= 1;
  const parts = recording.headers.slice(first, at + 1).map(({ curve }) => curve);
  const joined = (name) => parts.flatMap((part) => part[name] ?? []);
  recording.curveVersion += 1;
  return {
    version: recording.curveVersion,
    from: 0,
    epoch: joined("epoch"),
    train: joined("train"),
    test: joined("test"),
    held_out: parts.at(-1).held_out === null ? null : joined("held_out"),
  };
}

function frameOfEpoch(epoch) {
  const found = recording.headers.findLastIndex((header) => header.epoch <= epoch);
  return Math.max(0, found);
}

function playRecording() {
  clearTimeout(recording.timer);
  if (recording.at === recording.frames.length - 1) recording.at = -1;
  recording.timer = 0;
  recordedTick();
}

function recordedTick() {
  if (recording.timer === null) return;
  const next = recording.at + 1;
  const last = next >= recording.frames.length - 1;
  if (last) recording.timer = null;
  const before = recording.headers[Math.max(0, recording.at)];
  const passed = recording.headers[next].epoch - before.epoch;
  showRecorded(next);
  if (!last) recording.timer = setTimeout(recordedTick, tickLength(passed));
}

// At the speed that is set, but so that the eye can follow.
function tickLength(epochs) {
  const { speed } = store.state.settings;
  const wanted = speed === "max" ? 0 : (1000 * Math.max(1, epochs)) / Number(speed);
  return Math.max(16, Math.min(wanted, 250));
}

function pauseRecording() {
  clearTimeout(recording.timer);
  recording.timer = null;
  showRecorded(recording.at);
}

function advanceRecording({ unit, count }) {
  pauseRecording();
  const { epoch } = recording.headers[recording.at];
  const wanted = recording.headers.findIndex((header) => header.epoch >= epoch + count);
  const later = unit === "epoch" && wanted > 0 ? wanted : recording.at + 1;
  if (recording.at === recording.frames.length - 1) tellRecorded("This is the recording’s end.");
  showRecorded(later);
}

// ---------------------------------------------------------------- what is asked

function pickInRecording({ row = null, at = null }) {
  if (row === null && at === null) recording.pick = null;
  else recording.pick = nearestPick(row, at);
  showRecorded(recording.at);
}

// Only some points were recorded: of any other the nearest of these is sent through.
function nearestPick(row, at) {
  const { picks } = recording.data;
  const known = picks.findIndex((pick) => row !== null && pick.row === row);
  if (known >= 0 || picks.length === 0) return known >= 0 ? known : null;
  const place = at ?? placeOfRow(row);
  const { axes } = recording.data.state.data;
  const far = picks.map((pick) =>
    Math.hypot(...axes.map(({ low, high }, i) => (pick.at[i] - place[i]) / (high - low))),
  );
  const nearest = far.indexOf(Math.min(...far));
  if (far[nearest] > 0) {
    tellRecorded(`${picks.length} points were recorded: this is the nearest of them.`);
    publish("selection", { kind: "point", row: picks[nearest].row });
  }
  return nearest;
}

function placeOfRow(row) {
  const { points } = recording.data.state.data;
  const at = points.row.indexOf(row);
  return [points.a[at], points.b[at]];
}

function explainRecorded({ id }) {
  const pick = recording.pick ?? 0;
  const told = recording.data.told.filter((one) => one.pick === pick);
  if (told.length === 0) tellRecorded("No point was recorded.", id);
  else publish("explanation", { ...nearestInTime(told), to: id });
}

function inspectRecorded(asked) {
  const wanted = placeText(asked);
  const found = recording.data.opened.filter((one) => placeText(one.asked) === wanted);
  if (found.length === 0) tellRecorded("The network is too large to be recorded.", asked.id);
  else publish("inspection", { ...nearestInTime(found), to: asked.id });
}

function placeText({ node, weight }) {
  if (node) return `node ${node.layer} ${node.node}`;
  return `weight ${weight.layer} ${weight.from} ${weight.to}`;
}

// What was told at the nearest frame; if that is another one, its title says so.
function nearestInTime(told) {
  const far = told.map(({ frame }) => Math.abs(frame - recording.at));
  const { frame, pick, message } = told[far.indexOf(Math.min(...far))];
  let { title } = message;
  if (pick !== (recording.pick ?? 0)) title += `, for row ${recording.data.picks[pick].row}`;
  if (frame !== recording.at) title += `, at epoch ${recording.headers[frame].epoch}`;
  return { ...message, title };
}

// ---------------------------------------------------------------- what cannot be done

function setInRecording({ name, value, id }) {
  const { state, welcome } = recording.data;
  const record = welcome.settings.find((one) => one.name === name);
  if (record?.effect !== "view" || name === "play_by") refuseRecorded({ id });
  else {
    state.settings = { ...state.settings, [name]: value };
    publish("state", { ...state, to: id });
    showRecorded(recording.at);
  }
}

function refuseRecorded({ id }) {
  tellRecorded(unchangeable, id);
  publish("state", { ...recording.data.state });
  showRecorded(recording.at);
}

function tellRecorded(text, to) {
  publish("note", { kind: "info", text, about: null, to });
}

function disableRecorded() {
  document.body.classList.add("is-recorded");
  for (const place of document.querySelectorAll(recordedPlaces)) disableFields(place);
  for (const button of document.querySelectorAll(recordedButtons)) button.hidden = true;
}

function disableFields(place) {
  place.classList.add("recorded-fixed");
  for (const field of place.querySelectorAll("input, select, button")) {
    if (!field.disabled) field.disabled = true;
  }
}

function tellAboutRecording() {
  const epochs = recording.headers.at(-1).epoch.toLocaleString("en-US");
  const words =
    `A recorded run of ${epochs} epochs: play it, go to any of them, send a point through, open ` +
    "a node or a weight. Settings are shown, and cannot be changed here.";
  const about = buildElement("p", { text: words });
  document.getElementById("lesson").append(about);
}
