// Single keys for what is done often, and the page that lists them.

import { letGo } from "./asking.js";
import { makeDialog, openDialog } from "./dialogs.js";
import { buildButton, buildElement } from "./elements.js";
import { buildIcon } from "./icons.js";
import { dismissNotes } from "./notes.js";
import { store } from "./store.js";
import { hideTip } from "./tips.js";
import { commands } from "./transport.js";

const keysKey = "chainrule-keys";
const keyboard = { pressed: null, dialog: null };
const pressable = "button, summary, a, [role=button], [role=option]";
const keyCommands = {
  " ": "play", ".": "epoch", ",": "batch", p: "point", r: "reset", n: "restart", "?": "help",
};
const keyTexts = [
  ["space", "play or pause"],
  [".", "one epoch"],
  [",", "one mini-batch"],
  ["p", "one point"],
  ["r", "reset: back to the same first weights"],
  ["n", "new start: other first weights"],
  ["?", "this list"],
  ["Esc", "close what is open; then let go of what is selected"],
  ["Tab", "to the next control; shift and Tab to the one before"],
  ["← → ↑ ↓", "move a slider, or from place to place in the network, the plane, a list"],
];

/** Listen to single keys. */
export function listenToKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", takeSpaceBack, { capture: true });
  // What was pressed with the pointer leaves the space bar to playing.
  document.addEventListener("pointerdown", (event) => {
    keyboard.pressed = event.target.closest?.(pressable) ?? null;
  });
  document.addEventListener("focusin", (event) => {
    if (event.target !== keyboard.pressed) keyboard.pressed = null;
  });
  document.addEventListener("keyup", (event) => {
    if (isSpaceOnPressed(event)) event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => closeGroups(event.target));
}

/** The button that opens the list of keys. @returns {HTMLElement} */
export function makeKeysButton() {
  keyboard.dialog = makeKeysDialog();
  return buildButton({
    id: "do-help",
    label: "Keys and help",
    help: "Keys and help (?)",
    icon: buildIcon("keys"),
    short: true,
    kind: "button-quiet",
    press: showKeys,
  });
}

function showKeys() {
  openDialog(keyboard.dialog);
}

function onKey(event) {
  if (event.key === "Escape") {
    onEscape();
    return;
  }
  const name = keyCommands[event.key];
  const other = event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
  if (!name || other || !keysAreOn() || document.querySelector("dialog[open]")) return;
  if (takesKey(event.target, event.key)) return;
  event.preventDefault();
  if (name === "help") showKeys();
  else if (!event.repeat || name !== "play") commands[name]();
}

function isSpaceOnPressed({ key, target }) {
  if (key !== " " || keyboard.pressed === null || !keysAreOn()) return false;
  if (document.querySelector("dialog[open]")) return false;
  return target.closest?.(pressable) === keyboard.pressed;
}

function takeSpaceBack(event) {
  if (!isSpaceOnPressed(event)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) commands.play();
}

function takesKey(target, key) {
  if (target.isContentEditable || target.matches?.("select, textarea")) return true;
  if (target.matches?.("input")) {
    if (!["range", "checkbox", "radio"].includes(target.type)) return true;
    return key === " " && target.type !== "range";
  }
  return key === " " && Boolean(target.closest?.(pressable));
}

// One thing at a time, the one on top first.
function onEscape() {
  if (document.querySelector("dialog[open]")) return;
  if (hideTip() || closeGroups(null) || dismissNotes()) return;
  if (store.selection === null && !store.frame?.picked) return;
  letGo();
}

// Groups that lie over the page close when something else is meant.
function closeGroups(target) {
  const open = [...document.querySelectorAll("details.group[open]")];
  const others = open.filter((details) => !details.contains(target) && isOver(details));
  for (const details of others) {
    if (details.contains(document.activeElement)) details.querySelector("summary").focus();
    details.open = false;
  }
  return others.length > 0;
}

function isOver(details) {
  return getComputedStyle(details.querySelector(".group-inner")).position === "absolute";
}

function keysAreOn() {
  return localStorage.getItem(keysKey) !== "off";
}

function makeKeysDialog() {
  const rows = keyTexts.map(([key, text]) => buildElement("tr", {},
    buildElement("th", { scope: "row" }, buildElement("kbd", { text: key })),
    buildElement("td", { text })));
  const single = buildElement("input", { type: "checkbox", id: "set-keys" });
  single.checked = keysAreOn();
  single.addEventListener("change", () => {
    localStorage.setItem(keysKey, single.checked ? "on" : "off");
  });
  return makeDialog("Keys",
    buildElement("table", { class: "keys" }, buildElement("tbody", {}, ...rows)),
    buildElement("p", { class: "field field-switch" }, single,
      buildElement("label", { for: "set-keys", text: "Single keys work" })));
}
