// The six steps of learning, told one part after another, or all on one page.

import { buildButton, buildElement, writeText } from "./elements.js";
import { putHtml, scrolls } from "./formulas.js";
import { publish } from "./store.js";

const stepNames = [
  "Feedforward",
  "Compare",
  "Calculate the error",
  "Run backwards",
  "Update",
  "Repeat",
];
const shortestStay = 2200;
const longestStay = 8000;
const stayPerLetter = 14;

/** Tells an explanation: its step bar, its buttons, and the part that is being told. */
export class StepsTold {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.message = null;
    this.parts = [];
    this.at = 0;
    this.whole = false;
    this.timer = null;
    this.bar = buildElement("ol", { class: "maths-steps", "aria-label": "The six steps" });
    this.where = buildElement("p", { class: "maths-where" });
    this.heading = buildElement("h3", { class: "maths-heading" });
    this.stage = buildElement("div", { class: "maths-stage chainrule", "aria-live": "polite" });
    this.buildButtons();
    const row = buildElement("div", { class: "maths-row" }, this.buttons, this.where);
    element.append(this.bar, row, this.heading, this.stage);
    element.addEventListener("keydown", (event) => this.pressed(event));
  }

  buildButtons() {
    this.back = buildButton({
      label: "Back",
      help: "The part before (arrow left)",
      press: () => this.go(this.at - 1),
    });
    this.next = buildButton({
      label: "Next",
      help: "The next part (arrow right)",
      kind: "maths-next",
      press: () => this.go(this.at + 1),
    });
    this.play = buildButton({
      label: "Play through",
      help: "Tell one part after another",
      press: () => (this.timer === null ? this.start() : this.stop()),
    });
    this.all = buildButton({
      label: "All steps",
      help: "Read all six steps as one page",
      press: () => this.showWhole(!this.whole),
    });
    this.all.setAttribute("aria-pressed", "false");
    this.buttons = buildElement(
      "div",
      { class: "maths-buttons", role: "group", "aria-label": "Tell the steps" },
      ...[this.back, this.next, this.play, this.all],
    );
  }

  /**
   * Tell an explanation, from its beginning; or, with `stay`, where the last one was.
   * @param {{title: string, steps: {title: string, parts: object[]}[]}} message
   * @param {boolean} stay
   */
  tell(message, stay) {
    const same = stay && this.message?.steps.length === message.steps.length;
    this.message = message;
    this.parts = message.steps.flatMap((step, index) =>
      step.parts.map((part, number) => ({ step: index, number, ...part })),
    );
    if (same) {
      this.at = Math.min(this.at, this.parts.length - 1);
    } else {
      this.stop();
      this.buildBar();
      this.at = 0;
    }
    this.draw();
    if (!same) this.lightUp();
  }

  buildBar() {
    const steps = stepNames.map((name, index) => {
      const number = buildElement("span", { class: "maths-number", text: String(index + 1) });
      const words = buildElement("span", { class: "maths-name", text: name });
      const first = () => this.parts.findIndex((part) => part.step === index);
      const press = () => this.go(first());
      const button = buildElement(
        "button",
        { type: "button", class: "maths-step", disabled: first() < 0, on: { click: press } },
        number,
        words,
      );
      return buildElement("li", {}, button);
    });
    this.bar.replaceChildren(...steps);
  }

  /** Go to a part, and light up its places. */
  go(at) {
    const place = Math.max(0, Math.min(at, this.parts.length - 1));
    if (at >= this.parts.length) this.stop();
    this.at = place;
    this.draw();
    this.lightUp();
  }

  lightUp() {
    publish("light", this.parts[this.at]?.places ?? []);
  }

  draw() {
    const part = this.parts[this.at];
    if (part === undefined) return;
    const step = this.message.steps[part.step];
    this.drawBar(part.step);
    this.element.classList.toggle("maths-whole", this.whole);
    writeText(this.heading, titleOf(step));
    const parts = step.parts.length;
    const which = parts > 1 ? `, part ${part.number + 1} of ${parts}` : "";
    writeText(this.where, `Step ${part.step + 1} of ${this.message.steps.length}${which}`);
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === this.parts.length - 1;
    this.drawStage(part);
  }

  drawBar(present) {
    [...this.bar.children].forEach((item, index) => {
      item.classList.toggle("maths-done", index < present);
      if (index === present) item.firstChild.setAttribute("aria-current", "step");
      else item.firstChild.removeAttribute("aria-current");
    });
  }

  drawStage(part) {
    if (this.whole && this.shown !== this.message) this.writeWhole();
    if (!this.whole) putHtml(this.stage, part.html);
    this.shown = this.whole ? this.message : part;
    if (this.whole) this.showPart();
  }

  writeWhole() {
    this.stage.replaceChildren(
      ...this.message.steps.map((step, index) => {
        const told = this.parts
          .map((part, at) => [part, at])
          .filter(([part]) => part.step === index)
          .map(([part, at]) => this.wholePart(part, at));
        const title = `${index + 1}. ${titleOf(step)}`;
        const heading = buildElement("h3", { text: title });
        return buildElement("div", { class: "maths-all" }, heading, ...told);
      }),
    );
  }

  wholePart(part, at) {
    const box = buildElement("div", { class: "maths-part" });
    putHtml(box, part.html);
    box.addEventListener("pointerenter", () => this.wholeAt(at));
    box.addEventListener("focusin", () => this.wholeAt(at));
    return box;
  }

  wholeAt(at) {
    if (this.at === at || this.timer !== null) return;
    this.at = at;
    this.draw();
    this.lightUp();
  }

  showPart() {
    const boxes = [...this.stage.querySelectorAll(".maths-part")];
    boxes.forEach((box, at) => box.classList.toggle("maths-present", at === this.at));
    if (this.stage.matches(":hover, :focus-within")) return;
    const box = boxes[this.at];
    // Only what scrolls inside the panel is moved, never the page under somebody's eyes.
    if (box) this.stage.scrollTop = box.offsetTop - this.stage.offsetTop - 40;
  }

  showWhole(whole) {
    this.whole = whole;
    this.all.setAttribute("aria-pressed", String(whole));
    this.stage.setAttribute("aria-live", whole ? "off" : "polite");
    // All of it together scrolls inside the panel.
    if (whole) this.stage.tabIndex = 0;
    else this.stage.removeAttribute("tabindex");
    this.shown = null;
    this.draw();
  }

  start() {
    if (this.at === this.parts.length - 1) this.go(0);
    writeText(this.play.querySelector(".button-label"), "Stop");
    this.wait();
  }

  wait() {
    const letters = this.stage.textContent.length;
    const stay = this.whole ? shortestStay : shortestStay + stayPerLetter * letters;
    this.timer = setTimeout(
      () => {
        this.go(this.at + 1);
        if (this.at === this.parts.length - 1) this.stop();
        else this.wait();
      },
      Math.min(stay, longestStay),
    );
  }

  /** Stop playing through. */
  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    writeText(this.play.querySelector(".button-label"), "Play through");
  }

  pressed(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -this.at, End: this.parts.length };
    const move = moves[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    // An arrow moves a formula that is wider than its box.
    if (event.target !== this.element && scrolls(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(Math.min(this.at + move, this.parts.length - 1));
  }
}

// "1. Feedforward: from the inputs to the prediction": the number stands in the bar.
function titleOf(step) {
  return step.title.replace(/^\d+\.\s*/u, "");
}
