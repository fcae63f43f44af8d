// Dialogs: native ones, which keep the focus inside and give it back.

import { buildButton, buildElement } from "./elements.js";

/**
 * Make a dialog; it is opened with `openDialog`.
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
  document.body.append(dialog);
  return dialog;
}

/**
 * Open a dialog; the group that the button for it stands in closes behind it.
 * @param {HTMLDialogElement} dialog
 */
export function openDialog(dialog) {
  const group = document.activeElement?.closest("details.group[open]");
  dialog.showModal();
  if (!group) return;
  group.open = false;
  // The button cannot have the focus back: the group's own is next, unless it was moved since.
  const back = () => requestAnimationFrame(() => {
    if (document.activeElement === document.body) group.querySelector("summary").focus();
  });
  dialog.addEventListener("close", back, { once: true });
}
