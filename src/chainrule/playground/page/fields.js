// One control for one setting, by the kind that its record says.

import { buildElement, writeText } from "./elements.js";
import { buildDataIcon, buildIcon } from "./icons.js";
import { readNumber, sliderScale, writeAmount, writeNumber } from "./scales.js";
import { chooseTable } from "./sharing.js";
import { wantSetting, wantedSetting } from "./wanted.js";

// From so many whole numbers on, a slider could not be set to one of them.
const mostPositions = 5000;
const refusalPause = 12000;

/**
 * Make the control of a setting.
 * @param {object} record the control record of `welcome.settings`
 * @returns {{name: string, element: HTMLElement, show: (value: any, choices: any[]) => void,
 *   busy: () => boolean, refuse: (text: string|null) => void}}
 *   show: the server's value; busy: a person is changing it just now;
 *   refuse: what was wrong with the last value, or null
 */
export function makeField(record) {
  const make = fieldMakers[record.kind] ?? makeTextField;
  const common = { "aria-describedby": fieldTexts(record.name), id: `set-${record.name}` };
  return completeField(record, { busy: () => false, ...make(record, common) });
}

/**
 * Give a control its help text, and a place for what is wrong with it.
 * @param {object} record
 * @param {{element: HTMLElement}} field
 * @returns {object} the field with its `name`, its `record`, and `refuse`
 */
export function completeField(record, field) {
  const { name } = record;
  const error = buildElement("p", { class: "field-error", id: `error-${name}`, hidden: true });
  field.element.append(
    buildElement("span", { class: "unseen", id: `help-${name}`, text: record.help }), error);
  field.element.dataset.setting = name;
  let timer = null;
  const refuse = (text) => {
    clearTimeout(timer);
    if (text !== null) timer = setTimeout(() => refuse(null), refusalPause);
    writeText(error, text ?? "");
    error.hidden = text === null;
    field.element.classList.toggle("field-refused", text !== null);
  };
  return { ...field, name, record, refuse };
}

function fieldTexts(name) {
  return `help-${name} error-${name}`;
}

const fieldMakers = {
  choice: (record, common) =>
    record.name === "data" ? makeDataField(record, common) : makeChoiceField(record, common),
  integer: makeNumberField,
  number: makeNumberField,
  switch: makeSwitchField,
  list: makeListField,
  text: makeTextField,
};

function fieldLabel(record) {
  return buildElement("label", {
    class: "field-label",
    for: `set-${record.name}`,
    id: `label-${record.name}`,
    text: record.label,
    "data-tip": record.help,
  });
}

function makeNumberField(record, common) {
  const input = buildElement("input", {
    ...common,
    type: "text",
    inputmode: record.low < 0 ? "text" : "decimal",
    autocomplete: "off",
    spellcheck: "false",
    class: "field-number",
  });
  const slider = hasSlider(record) ? makeSlider(record, common, input) : null;
  const show = (value) => {
    input.value = writeNumber(value);
    slider?.put(value);
  };
  input.addEventListener("change", () => wantSetting(record.name, readNumber(input.value)));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(wantedSetting(record.name));
  });
  const unit = record.unit
    ? buildElement("span", { class: "field-unit", text: record.unit }) : null;
  const inputs = buildElement(
    "span", { class: "field-inputs" }, slider?.input ?? null, input, unit);
  const element = buildElement(
    "div",
    { class: `field ${slider ? "field-slider" : "field-plain"}` },
    fieldLabel(record),
    inputs,
  );
  const typing = () => document.activeElement === input && input.value !== shownText();
  const shownText = () => writeNumber(wantedSetting(record.name));
  return { element, show, busy: () => typing() || Boolean(slider?.held()) };
}

function hasSlider({ kind, low, high, scale }) {
  if (low === null || high === null) return false;
  return kind !== "integer" || scale === "log" || high - low <= mostPositions;
}

function makeSlider(record, common, number) {
  const scale = sliderScale(record);
  const state = { held: false };
  const input = buildElement("input", {
    type: "range",
    id: `slide-${record.name}`,
    min: scale.min,
    max: scale.max,
    step: scale.step,
    "aria-labelledby": `label-${record.name}`,
    "aria-describedby": common["aria-describedby"],
  });
  const put = (value) => {
    if (typeof value !== "number") return;
    input.value = scale.toPosition(value);
    fillSlider(input);
    input.setAttribute("aria-valuetext", writeAmount(value, record.unit));
  };
  input.addEventListener("input", () => {
    state.held = true;
    const value = scale.toValue(Number(input.value));
    number.value = writeNumber(value);
    fillSlider(input);
    input.setAttribute("aria-valuetext", writeAmount(value, record.unit));
    wantSetting(record.name, value);
  });
  onLetGo(input, () => {
    state.held = false;
  });
  return { input, put, held: () => state.held };
}

/**
 * Call back when a slider is let go of; where it was before, browsers tell of no change.
 * @param {HTMLInputElement} input
 * @param {() => void} callback
 */
export function onLetGo(input, callback) {
  for (const event of ["change", "blur", "pointerup", "pointercancel"]) {
    input.addEventListener(event, callback);
  }
}

/**
 * Tell a slider's style how far it is filled.
 * @param {HTMLInputElement} input
 */
export function fillSlider(input) {
  const [low, high] = [Number(input.min), Number(input.max)];
  const part = high > low ? (Number(input.value) - low) / (high - low) : 0;
  input.style.setProperty("--filled", `${(100 * part).toFixed(1)}%`);
}

function makeChoiceField(record, common) {
  const select = buildElement("select", common);
  const state = { choices: null };
  select.addEventListener("change", () => {
    wantSetting(record.name, state.choices[select.selectedIndex][0]);
  });
  const show = (value, choices) => {
    if (JSON.stringify(choices) !== JSON.stringify(state.choices)) {
      state.choices = choices;
      select.replaceChildren(...choices.map(([key, label]) =>
        buildElement("option", { value: String(key), text: label })));
    }
    select.selectedIndex = choices.findIndex(([key]) => key === value);
  };
  const element = buildElement(
    "div", { class: "field field-choice" }, fieldLabel(record), select);
  return { element, show };
}

function makeSwitchField(record, common) {
  const input = buildElement("input", { ...common, type: "checkbox" });
  input.addEventListener("change", () => wantSetting(record.name, input.checked));
  const show = (value) => {
    input.checked = Boolean(value);
  };
  const element = buildElement("div", { class: "field field-switch" }, input, fieldLabel(record));
  return { element, show };
}

// A text is typed, unless the data say what it may be: names of columns are chosen.
function makeTextField(record, common) {
  const input = buildElement("input", { ...common, type: "text", autocomplete: "off" });
  input.addEventListener("change", () => wantSetting(record.name, input.value));
  const chosen = makeChoiceField(record, common);
  const select = chosen.element.querySelector("select");
  const show = (value, choices) => {
    const [present, other] = choices.length > 0 ? [select, input] : [input, select];
    if (other.isConnected) other.replaceWith(present);
    input.value = value;
    chosen.show(value, choices);
  };
  return { element: chosen.element, show, busy: () => document.activeElement === input };
}

// A list is a set of buttons, each in it or not.
function makeListField(record, common) {
  const group = fieldGroup(record, common, "toggles");
  const buttons = new Map();
  const press = (key) => {
    const chosen = wantedSetting(record.name);
    const next = chosen.includes(key)
      ? chosen.filter((other) => other !== key)
      : record.choices.map(([other]) => other).filter((o) => o === key || chosen.includes(o));
    wantSetting(record.name, next);
    mark(next);
  };
  const mark = (chosen) => {
    for (const [key, button] of buttons) button.setAttribute("aria-pressed", chosen.includes(key));
  };
  for (const [key, label] of record.choices) {
    const button = buildElement("button", {
      type: "button",
      class: "toggle",
      id: `${common.id}-${key}`,
      text: label,
      on: { click: () => press(key) },
    });
    buttons.set(key, button);
    group.inner.append(button);
  }
  const show = (value, choices) => {
    for (const [key, button] of buttons) button.hidden = !choices.some(([other]) => other === key);
    mark(value);
  };
  return { element: group.element, show };
}

function makeDataField(record, common) {
  const group = fieldGroup(record, { ...common, role: "radiogroup" }, "data-cards");
  const cards = new Map(record.choices.map(([key, label]) => {
    const input = buildElement("input", {
      type: "radio",
      class: "unseen",
      name: common.id,
      id: `${common.id}-${key}`,
      value: key,
      on: { change: () => wantSetting(record.name, key) },
    });
    return [key, { input, element: buildDataCard(input, key, label) }];
  }));
  const own = buildElement("button", {
    type: "button",
    class: "data-card",
    id: "do-own-table",
    "data-tip": "Open a table of your own, or drop its file on the page",
    on: { click: chooseTable },
  }, buildIcon("plus"), buildElement("span", { text: "a table…" }));
  group.inner.append(...[...cards.values()].map((card) => card.element));
  group.inner.append(own);
  const show = (value, choices) => {
    for (const [key, { input, element }] of cards) {
      input.checked = key === value;
      element.hidden = !choices.some(([other]) => other === key);
    }
  };
  return { element: group.element, show };
}

// What stands in brackets would not fit beside the others.
function buildDataCard(input, key, label) {
  const [, short, more] = /^(.*?)( \(.*\))?$/u.exec(label);
  const name = buildElement("span", { class: "data-name", text: short },
    buildElement("span", { class: "unseen", text: more ?? "" }));
  const attributes = { class: "data-card", "data-tip": more ? label : null };
  return buildElement("label", attributes, input, buildDataIcon(key), name);
}

function fieldGroup(record, common, kind) {
  const title = buildElement("span", {
    class: "field-label",
    id: `label-${record.name}`,
    text: record.label,
    "data-tip": record.help,
  });
  const inner = buildElement("div", {
    role: "group",
    ...common,
    class: kind,
    "aria-labelledby": title.id,
  });
  return { element: buildElement("div", { class: "field field-group" }, title, inner), inner };
}
