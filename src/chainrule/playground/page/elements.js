// Making elements of the page; texts are texts, never HTML.

/**
 * Make an element. Of the attributes, `text` is its text, `on` its listeners; those that are
 * null, undefined or false are left out, and true ones have no value.
 * @param {string} tag
 * @param {object} attributes
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function buildElement(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "on") listenAll(element, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function listenAll(element, listeners) {
  for (const [event, callback] of Object.entries(listeners)) {
    element.addEventListener(event, callback);
  }
}

/**
 * Write an element's text only where it changes: most numbers of most frames do not.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function writeText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A push button with a drawing, a label and a help text.
 * @param {{id: string, label: string, help: string, icon?: Node, short?: boolean,
 *   kind?: string, press: () => void}} options short: the label is only for screen readers
 * @returns {HTMLElement}
 */
export function buildButton({ id, label, help, icon = null, short = false, kind = "", press }) {
  const words = buildElement("span", { class: short ? "unseen" : "button-label", text: label });
  return buildElement(
    "button",
    { type: "button", id, class: `button ${kind}`.trim(), "data-tip": help, on: { click: press } },
    icon,
    words,
  );
}
