// Dialogs: native ones, which keep the focus inside and give it back.

import { buildButton, buildElement } from "./elements.js";

/**
 * Make a dialog; it is opened with `showModal()`.
 * @param {string} title
 * @param {...(Node|string)} children
 * @returns {HTMLDialogElement}
 */
export function makeDialog(title, ...children) {
  makeDialog.count = (makeDialog.count ?? 0) + 1;
  const id = `dialog-title-${makeDialog.count}`;
  const close = buildButton({ label: "Close", help: "", press: () => dialog.close() });
  const head = buildElement(
    "div",
    { class: "dialog-head" },
    buildElement("h2", { id, text: title }),
    close,
  );
  const body = buildElement("div", { class: "dialog-body" }, ...children);
  const dialog = buildElement("dialog", { class: "dialog", "aria-labelledby": id }, head, body);
  // A press beside it is a press on its backdrop.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  // What opened it may be in a group that has closed since: then the group's own button is next.
  dialog.addEventListener("close", () => requestAnimationFrame(keepFocus));
  document.body.append(dialog);
  return dialog;
}

function keepFocus() {
  const { activeElement, body } = document;
  const lost = !activeElement || activeElement === body || !activeElement.checkVisibility();
  if (lost) document.getElementById("do-share")?.focus();
}
