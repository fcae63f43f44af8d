// Playing, stepping, going back, and the epoch: what a recorder has.

import { buildButton, buildElement, writeText } from "./elements.js";
import { fillSlider, onLetGo } from "./fields.js";
import { buildIcon } from "./icons.js";
import { readNumber } from "./scales.js";
import { source } from "./source.js";
import { onDraw, onDrawToRead, requestDraw, store, subscribe } from "./store.js";
import { throttle } from "./throttle.js";

const playPause = 1000;
const rewindPause = 10_000;
// Which frame is drawn; and whether playing was asked for, until a frame says so.
const transport = { drawn: null, asked: null };

/** What each command does; the keys and the buttons both go through here. */
export const commands = {
  play: playOrPause,
  epoch: () => advanceBy("epoch"),
  batch: () => advanceBy("batch"),
  point: () => advanceBy("point"),
  reset: () => source.send("reset"),
  restart: () => source.send("restart"),
};

/**
 * Make the transport.
 * @param {HTMLElement} element
 */
export function makeTransport(element) {
  const rewind = makeRewind();
  const status = makeStatus();
  const play = buildElement(
    "div", { class: "transport-play", role: "group", "aria-label": "Playing" },
    transportButton("reset", "Reset", "Back to the same first weights (r)", true),
    makePlayButton(),
    transportButton("epoch", "Epoch", "Train for one epoch (.)"),
    transportButton("batch", "Mini-batch", "Train on one mini-batch (,)"),
    transportButton("point", "Point", "Train on one point (p)"),
  );
  element.append(
    buildElement("div", { class: "transport-dock" }, play, status.element, rewind.element),
    buildElement("div", { class: "transport-start", role: "group", "aria-label": "Starting" },
      transportButton("restart", "New start", "Other first weights, by the next seed (n)"),
      makeRace(),
    ),
  );
  subscribe("state", rewind.begin);
  subscribe("frame", ({ playing }) => {
    if (playing === transport.asked?.playing) transport.asked = null;
  });
  onDrawToRead(() => {
    const { frame } = store;
    if (frame === null || frame === transport.drawn) return;
    transport.drawn = frame;
    status.draw(frame);
    rewind.draw(frame);
  });
}

// A second press takes the first one back, also before that one is seen.
function playOrPause() {
  const playing = !(transport.asked?.playing ?? Boolean(store.frame?.playing));
  const asked = { playing };
  transport.asked = asked;
  setTimeout(() => {
    if (transport.asked === asked) transport.asked = null;
  }, playPause);
  source.send(playing ? "play" : "pause");
}

function advanceBy(unit) {
  transport.asked = null;
  source.send("advance", { unit, count: 1 });
}

function transportButton(name, label, help, short = false) {
  return buildButton({
    id: `do-${name}`, label, help, icon: buildIcon(name), short, press: commands[name],
  });
}

function makePlayButton() {
  const button = transportButton("play", "Play", "Play or pause (space)");
  button.classList.add("button-main");
  const label = button.querySelector(".button-label");
  const shown = { playing: false };
  onDraw(() => {
    const playing = Boolean(store.frame?.playing);
    if (playing === shown.playing) return;
    shown.playing = playing;
    writeText(label, playing ? "Pause" : "Play");
    button.querySelector("svg").replaceWith(buildIcon(playing ? "pause" : "play"));
  });
  return button;
}

function makeStatus() {
  const epoch = buildElement(
    "output", { class: "transport-epoch", "data-number": "transport-epoch" });
  const into = buildElement("span", { class: "transport-into" });
  const word = buildElement("span", { class: "transport-word" }, "Epoch ", into);
  const element = buildElement("div", { class: "transport-status" }, word, epoch);
  const draw = (frame) => {
    writeText(epoch, frame.epoch.toLocaleString("en-US"));
    writeText(into, tellWithin(frame));
  };
  return { element, draw };
}

// What there is to say beside the epoch; the numbers' own place tells the rest.
function tellWithin({ stopped, playing, batch, point, epochs_per_second: speed }) {
  if (stopped) return "(ended)";
  if (playing && speed) return `· ${Math.round(speed).toLocaleString("en-US")} a second`;
  if (point > 0) return `+ ${point.toLocaleString("en-US")} ${point === 1 ? "point" : "points"}`;
  return batch > 0 ? `+ ${batch} ${batch === 1 ? "batch" : "batches"}` : "";
}

// The slider goes over all epochs that there were, also those that one has gone back from.
function makeRewind() {
  const input = buildElement("input", {
    type: "range", id: "do-rewind", min: 0, max: 0, step: 1, value: 0, disabled: true,
    "aria-label": "Rewind", "aria-describedby": "help-rewind",
  });
  const help = "Back to any epoch since the start, and forward again.";
  const element = buildElement("div", { class: "transport-rewind" },
    buildElement("label", { for: "do-rewind", text: "Rewind", "data-tip": help }),
    input,
    buildElement("span", { class: "unseen", id: "help-rewind", text: help }));
  const known = { held: false, wanted: null, id: null, timer: null };
  const begin = () => {
    transport.drawn = null;
  };
  watchRewind(input, known, begin);
  const draw = (frame) => {
    input.disabled = frame.furthest === 0;
    // Frames of other epochs are still coming when the slider is already somewhere else.
    const onItsWay = known.wanted !== null && known.wanted !== frame.epoch;
    if (known.held || onItsWay) return;
    known.wanted = null;
    input.max = frame.furthest;
    input.value = frame.epoch;
    input.setAttribute("aria-valuetext", `epoch ${frame.epoch} of ${frame.furthest}`);
    fillSlider(input);
  };
  return { element, draw, begin };
}

function watchRewind(input, known, begin) {
  // What was refused, or not even heard, is not waited for.
  const giveUp = () => {
    clearTimeout(known.timer);
    known.wanted = null;
    begin();
    requestDraw();
  };
  input.addEventListener("input", () => {
    const epoch = Number(input.value);
    known.held = true;
    known.wanted = epoch;
    clearTimeout(known.timer);
    known.timer = setTimeout(giveUp, rewindPause);
    fillSlider(input);
    throttle("rewind", () => {
      transport.asked = null;
      known.id = source.send("rewind", { epoch });
    });
  });
  subscribe("connection", giveUp);
  subscribe("note", ({ to }) => {
    if (to === known.id) giveUp();
  });
  onLetGo(input, () => {
    known.held = false;
    begin();
    requestDraw();
  });
}

function makeRace() {
  const starts = raceNumber("race-starts", "Starts", 5);
  const epochs = raceNumber("race-epochs", "Epochs each", 50);
  const go = buildButton({
    id: "do-race",
    label: "Start the race",
    help: "Train from several starts and go on with the best",
    kind: "button-main",
    press: () => {
      transport.asked = null;
      source.send("race", { starts: starts.read(), epochs: epochs.read() });
      details.open = false;
      details.querySelector("summary").focus();
    },
  });
  const details = buildElement("details", { class: "group group-race", name: "group" },
    buildElement("summary", { id: "open-race" },
      buildIcon("race"), buildElement("span", { class: "group-title", text: "Race" })),
    buildElement("div", { class: "group-inner" },
      buildElement("p", {
        class: "group-help",
        text: "Random restart: several starts train, and the one with the smallest training "
          + "loss goes on.",
      }),
      starts.element, epochs.element, go));
  return details;
}

function raceNumber(id, label, value) {
  const input = buildElement("input", {
    id, type: "text", inputmode: "numeric", autocomplete: "off", class: "field-number", value,
  });
  const element = buildElement("div", { class: "field field-plain" },
    buildElement("label", { class: "field-label", for: id, text: label }),
    buildElement("span", { class: "field-inputs" }, input));
  return { element, read: () => readNumber(input.value) };
}
