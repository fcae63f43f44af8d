// Help at the pointer: one small text for whatever has `data-tip`.

import { buildElement, writeText } from "./elements.js";

const tipPause = 450;
const tipGap = 6;
const tip = { element: null, target: null, timer: null };

/** Show the help texts at the pointer, and at the keyboard's focus. */
export function makeTips() {
  tip.element = buildElement("div", { class: "tip", "aria-hidden": "true", hidden: true });
  document.body.append(tip.element);
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") approach(event.target);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(":focus-visible")) approach(event.target);
  });
  document.addEventListener("focusout", hideTip);
  document.addEventListener("pointerdown", hideTip);
  document.addEventListener("scroll", hideTip, { capture: true, passive: true });
}

/** Take the help text away; returns whether there was one. @returns {boolean} */
export function hideTip() {
  clearTimeout(tip.timer);
  const shown = tip.target !== null && !tip.element.hidden;
  tip.target = null;
  tip.element.hidden = true;
  return shown;
}

function approach(place) {
  if (tip.element.contains(place)) return;
  const target = place.closest?.("[data-tip]") ?? null;
  if (target === tip.target) return;
  hideTip();
  if (!target?.dataset.tip) return;
  tip.target = target;
  tip.timer = setTimeout(showTip, tipPause);
}

function showTip() {
  const { element, target } = tip;
  if (!target?.isConnected) return;
  writeText(element, target.dataset.tip);
  element.hidden = false;
  const at = target.getBoundingClientRect();
  const { width, height } = element.getBoundingClientRect();
  const below = at.bottom + tipGap + height < innerHeight;
  const left = Math.min(at.left, innerWidth - width - tipGap);
  element.style.left = `${Math.max(tipGap, left)}px`;
  element.style.top = `${below ? at.bottom + tipGap : at.top - tipGap - height}px`;
}
