// The HTML that Python wrote: the only place of the page where HTML is put into it.

const formulaPolicy = globalThis.trustedTypes?.createPolicy("chainrule", {
  createHTML: (html) => html,
});
const formulaBoxes = ".line, .matrix, .table, .rule, .maths-chain";

/**
 * Show HTML that this playground's own server has made; nothing else may be given.
 * @param {HTMLElement} element
 * @param {string} html
 */
export function putHtml(element, html) {
  element.innerHTML = formulaPolicy ? formulaPolicy.createHTML(html) : html;
  formulaResizes.observe(element);
  reachScrolled(element);
}

const formulaResizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.isConnected) reachScrolled(target);
    else formulaResizes.unobserve(target);
  }
});

// What scrolls by itself must be reached without a mouse.
function reachScrolled(element) {
  for (const box of element.querySelectorAll(formulaBoxes)) {
    if (scrolls(box)) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

/**
 * Whether an element is wider than what one sees of it, so that arrow keys move it.
 * @param {Element} element
 * @returns {boolean}
 */
export function scrolls(element) {
  return element.scrollWidth > element.clientWidth + 1;
}
