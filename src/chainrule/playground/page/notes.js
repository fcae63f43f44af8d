// Notes: what went wrong or well, a sentence each, never more than three.

import { buildElement, writeText } from "./elements.js";
import { buildIcon } from "./icons.js";
import { publish, subscribe } from "./store.js";

const mostNotes = 3;
const pauseOfInfo = 7000;
const pauseOfError = 15000;
const notesPlace = { element: null };

/**
 * Make the live region of the notes, and the sign that the connection is lost.
 * @param {HTMLElement} element
 * @param {HTMLElement} lost
 */
export function makeNotes(element, lost) {
  notesPlace.element = element;
  subscribe("note", showNote);
  subscribe("connection", (connection) => {
    const closed = connection === "closed";
    document.body.classList.toggle("is-lost", closed);
    writeText(lost, closed ? "Connection lost, trying again" : "");
  });
  addEventListener("error", (event) => {
    const text = "A part of this page failed: load it again.";
    if (event.error) publish("note", { kind: "error", text });
  });
}

/** Take all notes away; returns whether there were any. @returns {boolean} */
export function dismissNotes() {
  const any = notesPlace.element.childElementCount > 0;
  notesPlace.element.replaceChildren();
  return any;
}

function showNote({ kind, text, about }) {
  const same = [...notesPlace.element.children].find((note) => note.dataset.text === text);
  same?.remove();
  const said = saidAtControl(about) ? "unseen" : "note";
  const note = buildElement("div", { class: `${said} note-${kind}`, "data-text": text });
  const close = buildElement("button", {
    type: "button",
    class: "note-close",
    "aria-label": "Dismiss this note",
    on: { click: () => note.remove() },
  }, buildIcon("close"));
  note.append(buildElement("p", { text }));
  if (said === "note") note.append(close);
  notesPlace.element.append(note);
  while (notesPlace.element.childElementCount > mostNotes) {
    notesPlace.element.firstElementChild.remove();
  }
  removeLater(note, kind === "error" ? pauseOfError : pauseOfInfo);
}

// What stands at a control in sight is only read aloud.
function saidAtControl(about) {
  const error = document.getElementById(`error-${about}`);
  const { bottom = -1, top = -1 } = error?.getBoundingClientRect() ?? {};
  return Boolean(error?.checkVisibility()) && bottom > 0 && top < innerHeight;
}

// A note that somebody is reading stays.
function removeLater(note, pause) {
  setTimeout(() => {
    if (note.matches(":hover, :focus-within")) removeLater(note, pause);
    else note.remove();
  }, pause);
}
