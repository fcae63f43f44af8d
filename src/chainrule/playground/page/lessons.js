// Lessons: a few guided pages, each with its settings, two or three sentences and a question.

import { ask, openPlace } from "./asking.js";
import { buildButton, buildElement, writeText } from "./elements.js";
import { source } from "./source.js";
import { publish, store, subscribe } from "./store.js";

/**
 * Make the choice of a lesson, and the page of the one that is open.
 * @param {HTMLElement} element
 * @param {HTMLElement} place of the open page
 */
export function makeLessons(element, place) {
  const panel = new LessonsPanel(element, place);
  subscribe("welcome", (welcome) => panel.welcome(welcome.lessons));
  subscribe("state", (state) => panel.follow(state.settings.lesson));
}

class LessonsPanel {
  constructor(element, place) {
    this.pages = []; // of all lessons, one after another
    this.open = null; // "perceptron/1"
    this.wanted = null; // another page that was asked for
    this.begun = false; // whether what is to be picked and opened has been
    this.choice = buildElement("select", { id: "lesson-choice", class: "lesson-choice" });
    this.choice.addEventListener("change", () => this.choose(this.choice.value));
    this.count = buildElement("span", { class: "lesson-count" });
    this.buildButtons();
    this.place = place;
    this.place.append(this.buildCard());
    const label = buildElement("label", { for: "lesson-choice", text: "Lesson" });
    this.head = buildElement("div", { class: "lesson-head" }, label, this.choice);
    element.append(this.head);
    this.draw();
  }

  buildButtons() {
    const turn = (by) => () => this.load(this.pages[this.index(this.wanted ?? this.open) + by]);
    this.previous = buildButton({ label: "Previous", help: "The page before", press: turn(-1) });
    this.next = buildButton({
      label: "Next",
      help: "The next page",
      kind: "button-main lesson-next",
      press: turn(1),
    });
    this.again = buildButton({
      label: "Start again",
      help: "This page as it was at its beginning",
      press: turn(0),
    });
    const close = buildButton({
      label: "End lesson",
      help: "Go on by yourself from here",
      kind: "button-quiet",
      press: () => this.choose(""),
    });
    this.top = buildElement("div", { class: "lesson-top" }, this.count, close);
    this.buttons = buildElement(
      "div",
      { class: "lesson-buttons", role: "group", "aria-label": "Pages of the lesson" },
      ...[this.previous, this.next, this.again],
    );
  }

  buildCard() {
    this.heading = buildElement("h2", { class: "lesson-title", tabindex: -1 });
    this.text = buildElement("p", { class: "lesson-text" });
    this.question = buildElement("p", { class: "lesson-question" });
    this.answer = buildElement("p");
    this.details = buildElement(
      "details",
      { class: "lesson-answer" },
      buildElement("summary", { text: "What you should see" }),
      this.answer,
    );
    const told = buildElement(
      "div",
      { class: "lesson-told", "aria-live": "polite" },
      ...[this.heading, this.text, this.question, this.details],
    );
    return buildElement("div", { class: "lesson-card" }, this.top, told, this.buttons);
  }

  welcome(lessons) {
    this.wanted = null; // what was asked for before is lost
    this.pages = lessons.flatMap((lesson) =>
      lesson.pages.map((page, at) => ({
        ...page,
        key: `${lesson.id}/${at + 1}`,
        lesson: lesson.title,
        at,
        of: lesson.pages.length,
      })),
    );
    const options = lessons.map((lesson, at) =>
      buildElement("option", { value: lesson.id, text: `${at + 1}. ${lesson.title}` }),
    );
    const none = buildElement("option", { value: "", text: "none: play freely" });
    this.choice.replaceChildren(none, ...options);
    this.head.hidden = lessons.length === 0;
    this.draw();
  }

  index(key = this.open) {
    return this.pages.findIndex((page) => page.key === key);
  }

  choose(id) {
    if (id !== "") {
      this.load(this.pages.find((page) => page.key === `${id}/1`));
      return;
    }
    this.wanted = null;
    source.send("set", { name: "lesson", value: "" });
  }

  load(page) {
    if (page === undefined) return;
    this.begun = false;
    this.wanted = page.key;
    source.send("load", { address: page.address });
  }

  // What is open stands in the settings, so that an address that is shared opens it too.
  follow(key) {
    const begins = key !== this.open || !this.begun;
    this.open = key === "" ? null : key;
    if (begins) this.draw();
    // The state may still be an earlier one.
    if (this.wanted !== null && this.wanted !== key) return;
    this.wanted = null;
    const page = this.pages[this.index()];
    if (page === undefined || !begins) return;
    this.begun = true;
    // The page's picture comes with the state; what is picked in it comes after.
    setTimeout(() => beginLessonPage(page), 0);
  }

  draw() {
    const page = this.pages[this.index()];
    const had = this.place.contains(document.activeElement);
    this.place.hidden = page === undefined;
    this.choice.value = page?.key.split("/")[0] ?? "";
    if (page === undefined) {
      if (had) this.choice.focus();
      return;
    }
    const index = this.index();
    const following = this.pages[index + 1];
    this.previous.disabled = index === 0;
    this.next.disabled = following === undefined;
    const turns = page.at + 1 === page.of && following !== undefined;
    writeText(this.next.querySelector(".button-label"), turns ? following.lesson : "Next");
    writeText(this.count, `Page ${page.at + 1} of ${page.of}`);
    writeText(this.heading, page.title);
    writeText(this.text, page.text);
    writeText(this.question, page.question);
    writeText(this.answer, page.answer);
    this.details.open = false;
    if (had && document.activeElement?.disabled) this.heading.focus();
  }
}

function beginLessonPage({ pick, inspect }) {
  if (pick === null && inspect === null) {
    if (store.selection !== null) publish("selection", null);
    return;
  }
  if (pick !== null) source.send("pick", pick);
  if (inspect !== null) openPlace(inspect);
  else {
    publish("selection", { kind: "point", row: pick.row ?? null });
    ask("explain", {});
  }
}
