// Handing things over: to the clipboard, and as files.

import { buildElement } from "./elements.js";

const copiedFor = 1600;

/**
 * Put a text on the clipboard.
 * @param {string} text
 * @returns {Promise<boolean>} whether that was allowed
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Where a page may not use the clipboard itself, the browser's own copying still works.
function copyBySelection(text) {
  const before = document.activeElement;
  const field = buildElement("textarea", { class: "unseen", "aria-hidden": "true", tabindex: -1 });
  field.value = text;
  // A modal dialog makes all that is outside it unreachable.
  (before?.closest("dialog") ?? document.body).append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return copied;
}

/**
 * Make a button that copies what `read()` returns, and says so.
 * @param {string} label
 * @param {() => string} read
 * @returns {HTMLButtonElement}
 */
export function makeCopyButton(label, read) {
  const words = buildElement("span", { class: "button-label", text: label, "aria-live": "polite" });
  let timer = 0;
  const press = async () => {
    const copied = await copyText(read());
    words.textContent = copied ? "Copied" : "Not allowed: select and copy it";
    clearTimeout(timer);
    timer = setTimeout(() => {
      words.textContent = label;
    }, copiedFor);
  };
  return buildElement("button", { type: "button", class: "button", on: { click: press } }, words);
}

/**
 * Offer a file for download.
 * @param {string} name
 * @param {Blob} blob
 */
export function saveFile(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = buildElement("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The download begins only after this task.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
