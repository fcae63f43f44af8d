// The hidden layers: how many there are, and of each its nodes and its activation.

import { buildButton, buildElement, writeText } from "./elements.js";
import { completeField } from "./fields.js";
import { buildIcon } from "./icons.js";
import { readNumber } from "./scales.js";
import { onDraw, store } from "./store.js";
import { wantSetting, wantedSetting } from "./wanted.js";

const nodesOfNewLayer = 2;
const layerControls = new Map();
const layersField = { show: () => {} };
const layerFocus = { input: null };

/**
 * Make the control of how many layers there are.
 * @param {object} record
 * @returns {object} a field
 */
export function makeLayersField(record) {
  const count = buildElement("output", { class: "stepper-value", "data-number": "layers" });
  const label = buildElement("span", {
    class: "field-label",
    id: "label-layers",
    text: "Hidden layers",
    "data-tip": record.help,
  });
  const stepper = buildElement(
    "span",
    {
      class: "stepper",
      role: "group",
      "aria-labelledby": "label-layers",
      "aria-describedby": "help-layers error-layers",
    },
    stepButton("do-remove-layer", "minus", "Remove the last layer", () => {
      changeLayers((layers) => layers.slice(0, -1));
    }),
    count,
    stepButton("do-add-layer", "plus", "Add a layer", () => {
      changeLayers((layers) => [...layers, nodesOfNewLayer]);
    }),
  );
  const element = buildElement("div", { class: "field field-layers" }, label, stepper);
  onDraw(keepLayerFocus);
  const show = (layers) => {
    writeText(count, String(layers.length));
    showLayerControls();
  };
  layersField.show = show;
  return completeField(record, { element, show, busy: () => false });
}

// The network's drawing puts the controls of its columns in again when its shape changes; who was
// pressing one of them goes on from there.
function keepLayerFocus() {
  const { input } = layerFocus;
  if (input === null || document.activeElement !== document.body) return;
  if (input.isConnected && !input.closest("[hidden]")) input.focus({ preventScroll: true });
}

/**
 * The controls above a layer's column; the same element whenever it is asked for.
 * @param {number} layer 0 the inputs, then the hidden layers, the output last
 * @returns {HTMLElement}
 */
export function buildLayerControl(layer) {
  if (!layerControls.has(layer)) layerControls.set(layer, makeLayerControl(layer));
  const control = layerControls.get(layer);
  if (store.state) control.show(store.state);
  return control.element;
}

/** Show what the layers are, above each. */
export function showLayerControls() {
  for (const control of layerControls.values()) control.show(store.state);
}

function changeLayers(change) {
  wantSetting("layers", change(wantedSetting("layers")));
  layersField.show(wantedSetting("layers"));
}

function settingRecord(name) {
  return store.welcome.settings.find((record) => record.name === name);
}

function stepButton(id, icon, label, press) {
  return buildButton({
    id, label, help: label, icon: buildIcon(icon), short: true, kind: "button-step", press,
  });
}

function makeLayerControl(layer) {
  const title = buildElement("span", { class: "layer-title" });
  const nodes = makeNodesControl(layer);
  const activation = makeActivationControl(layer);
  const element = buildElement(
    "div",
    { class: "layer-control", role: "group", "aria-label": `Layer ${layer}` },
    title,
    nodes.element,
    activation.element,
  );
  element.addEventListener("focusin", (event) => {
    layerFocus.input = event.target;
  });
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget !== null) layerFocus.input = null;
  });
  const show = (state) => {
    const { sizes, activations } = state.network;
    const last = sizes.length - 1;
    const hidden = layer > 0 && layer < last && state.shown.includes("layers");
    nodes.element.hidden = !hidden;
    activation.element.hidden = !hidden;
    title.hidden = hidden || (layer > 0 && layer < last);
    writeText(title, layer === 0 ? "Inputs" : `Output: ${activationLabel(activations.at(-1))}`);
    element.setAttribute("aria-label", hidden ? `Hidden layer ${layer}` : title.textContent);
    if (hidden) {
      nodes.show();
      activation.show(state);
    }
  };
  return { element, show };
}

function activationLabel(name) {
  const choices = settingRecord("activations").choices ?? [];
  return choices.find(([key]) => key === name)?.[1] ?? name;
}

function makeNodesControl(layer) {
  const input = buildElement("input", {
    type: "text",
    inputmode: "numeric",
    autocomplete: "off",
    class: "stepper-value",
    id: `set-layers-${layer}`,
    "aria-label": `Nodes of hidden layer ${layer}`,
  });
  const change = (nodes) => {
    changeLayers((layers) => layers.map((old, i) => (i === layer - 1 ? nodes(old) : old)));
  };
  const typed = { now: false };
  input.addEventListener("input", () => {
    typed.now = true;
  });
  input.addEventListener("change", () => {
    typed.now = false;
    change(() => readNumber(input.value));
  });
  // What was typed may be what was there before: then nothing has changed.
  input.addEventListener("blur", () => {
    typed.now = false;
  });
  const element = buildElement(
    "span",
    { class: "stepper" },
    stepButton(`do-remove-node-${layer}`, "minus", `One node less in layer ${layer}`,
      () => change((nodes) => nodes - 1)),
    input,
    stepButton(`do-add-node-${layer}`, "plus", `One node more in layer ${layer}`,
      () => change((nodes) => nodes + 1)),
  );
  const show = () => {
    if (!typed.now) input.value = String(wantedSetting("layers")[layer - 1] ?? "");
  };
  return { element, show };
}

function makeActivationControl(layer) {
  const choices = settingRecord("activations").choices ?? [];
  const select = buildElement("select", {
    id: `set-activations-${layer}`,
    "aria-label": `Activation of hidden layer ${layer}`,
    "data-tip": settingRecord("activations").help,
  }, ...choices.map(([key, label]) => buildElement("option", { value: key, text: label })));
  select.addEventListener("change", () => {
    const next = [...wantedSetting("activations")];
    next[layer - 1] = choices[select.selectedIndex][0];
    wantSetting("activations", next);
  });
  const show = () => {
    const value = wantedSetting("activations")[layer - 1];
    select.selectedIndex = choices.findIndex(([key]) => key === value);
  };
  return { element: select, show };
}
