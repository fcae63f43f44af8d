// The way to what was told: a button at the lower edge, while it lies below what is in sight.

import { buildButton, writeText } from "./elements.js";
import { buildIcon } from "./icons.js";

/** Leads from a click in a drawing to the text that it brought, on screens too small for both. */
export class MathsWay {
  /** @param {HTMLElement} head what is to be in sight, so that no way has to be shown */
  constructor(head) {
    this.wanted = false; // whether something was told that has not been gone to
    this.below = false;
    this.place = null;
    this.element = buildButton({
      label: "",
      help: "",
      icon: buildIcon("down"),
      kind: "button-main maths-way",
      press: () => this.go(),
    });
    this.element.hidden = true;
    const observer = new IntersectionObserver(([entry]) => this.moved(entry), {
      rootMargin: "0px 0px -10% 0px",
    });
    observer.observe(head);
  }

  /**
   * Offer the way to a place.
   * @param {HTMLElement} place
   * @param {string} label
   */
  offer(place, label) {
    this.place = place;
    this.wanted = true;
    writeText(this.element.querySelector(".button-label"), label);
    this.draw();
  }

  /** There is nothing to go to any more. */
  end() {
    this.wanted = false;
    this.draw();
  }

  moved({ isIntersecting, boundingClientRect, rootBounds }) {
    this.below = !isIntersecting && boundingClientRect.top >= rootBounds.bottom;
    if (isIntersecting) this.wanted = false;
    this.draw();
  }

  draw() {
    this.element.hidden = !(this.wanted && this.below);
  }

  go() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.place.focus({ preventScroll: true });
    const section = this.place.closest("section") ?? this.place;
    section.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
    this.end();
  }
}
