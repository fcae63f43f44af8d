// Where the controls stand: made from the settings' records, shown where they apply.

import { buildElement, writeText } from "./elements.js";
import { makeField } from "./fields.js";
import { buildLayerControl, makeLayersField, showLayerControls } from "./layers.js";
import { writeAmount } from "./scales.js";
import { store, subscribe } from "./store.js";
import { waitsForAnswer, wantedSetting } from "./wanted.js";

// Element and, where the controls stand in a group that opens, its title. What a record's group
// says decides for settings that are not named here.
const places = [
  { into: "controls-data", group: "data", names: ["data", "target", "x_axis", "y_axis", "columns",
    "classes", "points", "noise", "train_share", "data_seed"] },
  { into: "controls-features", group: "features", names: ["features"] },
  { into: "controls-network", group: "network", names: ["layers", "model", "error"] },
  { into: "controls-network", title: "First weights", names: ["initialization", "seed"] },
  { into: "controls-training", names: ["optimizer"] },
  { into: "controls-training", title: "Its numbers",
    names: ["momentum", "beta_1", "beta_2", "rho", "weight_decay", "clip_norm"] },
  { into: "controls-training", group: "training", names: ["learning_rate", "batch_size"] },
  { into: "controls-training", title: "Decay", names: ["decay", "planned_epochs"] },
  { into: "controls-training", title: "Regularization", names: ["l1", "l2", "dropout"] },
  { into: "controls-training", title: "Stopping", names: ["early_stopping", "patience"] },
  { into: "controls-pace", names: ["speed", "play_by"] },
  { into: "controls-view", group: "view", names: ["show_test", "decisions"] },
];
// These have controls elsewhere: activations above their columns, the lesson in its own place.
const placedElsewhere = new Set(["activations", "lesson"]);
// What an empty choice comes to, which is made by the data.
const chosenByItself = {
  target: (data) => data.target,
  x_axis: (data) => data.axes[0].name,
  y_axis: (data) => data.axes[1].name,
};

const fields = new Map();
const openGroups = [];

/** Make all controls when the settings are known, and keep them at what the server says. */
export function makeControls() {
  subscribe("welcome", (welcome) => {
    if (fields.size === 0) placeControls(welcome.settings);
  });
  subscribe("state", showControls);
  subscribe("unanswered", () => showControls(store.state));
  subscribe("note", showRefusal);
  document.addEventListener("change", settleSoon);
  document.addEventListener("focusout", settleSoon);
}

/**
 * The controls of one layer: nodes and activation of a hidden one, a title for inputs and output.
 * Always the same element for the same layer.
 * @param {number} layerIndex 0 the inputs, then the hidden layers, the output last
 * @returns {HTMLElement}
 */
export function layerControl(layerIndex) {
  return buildLayerControl(layerIndex);
}

function placeControls(records) {
  const left = new Map(records.map((record) => [record.name, record]));
  for (const name of placedElsewhere) left.delete(name);
  for (const place of places) {
    const named = place.names.filter((name) => left.has(name));
    placeFields(place, named.map((name) => left.get(name)));
    for (const name of named) left.delete(name);
  }
  for (const record of left.values()) {
    placeFields(places.find((place) => place.group === record.group), [record]);
  }
}

function placeFields(place, records) {
  const made = records.map((record) =>
    (record.kind === "layers" ? makeLayersField(record) : makeField(record)));
  for (const field of made) fields.set(field.name, field);
  const into = document.getElementById(place.into);
  const elements = made.map((field) => field.element);
  if (place.title === undefined) into.append(...elements);
  else if (made.length > 0) into.append(makeGroup(place.title, made, elements));
}

function makeGroup(title, made, elements) {
  const told = buildElement("span", { class: "group-told" });
  const summary = buildElement(
    "summary", {}, buildElement("span", { class: "group-title", text: title }), told);
  const inner = buildElement("div", { class: "group-inner" }, ...elements);
  const details = buildElement("details", { class: "group", name: "group" }, summary, inner);
  openGroups.push({ details, told, names: made.map((field) => field.name) });
  return details;
}

function showControls(state) {
  if (!state) return;
  for (const field of fields.values()) showField(field, state);
  for (const group of openGroups) showGroup(group, state);
  for (const place of places) hideIfEmpty(document.getElementById(place.into));
  showLayerControls();
}

function showField(field, state) {
  field.element.hidden = !state.shown.includes(field.name);
  if (field.busy() || waitsForAnswer(field.name)) return;
  putValue(field, state);
  field.refuse(null);
}

function putValue({ name, record, show }, state) {
  const choices = state.choices[name] ?? record.choices ?? [];
  const itself = chosenByItself[name]?.(state.data);
  show(state.settings[name], itself ? [["", `${itself} (by itself)`], ...choices] : choices);
}

function showGroup({ details, told, names }, state) {
  const shown = names.filter((name) => state.shown.includes(name));
  details.hidden = shown.length === 0;
  writeText(told, shown.map((name) => tellSetting(name, state)).filter(Boolean).join(", "));
}

// What a closed group says of its settings: those that are not as they were.
function tellSetting(name, state) {
  const { record } = fields.get(name);
  const value = wantedSetting(name);
  if (JSON.stringify(value) === JSON.stringify(record.default)) return "";
  const choices = state.choices[name] ?? record.choices;
  const label = choices?.find(([key]) => key === value)?.[1];
  if (label) return label;
  return value === true ? "on" : `${record.label} ${writeAmount(value, record.unit)}`;
}

function hideIfEmpty(element) {
  const section = element.closest(".side > section");
  if (section) section.hidden = [...element.children].every((child) => child.hidden);
}

// When a person lets go of a control it takes the server's value, which may have been another.
function settleSoon() {
  queueMicrotask(() => showControls(store.state));
}

function showRefusal(note) {
  const field = fields.get(note.about === "activations" ? "layers" : note.about);
  if (note.kind !== "error" || !field || !store.state || waitsForAnswer(note.about)) return;
  putValue(field, store.state);
  field.refuse(note.text);
}
