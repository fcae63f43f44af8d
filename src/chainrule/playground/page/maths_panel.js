// The mathematics: a point that is sent through, told in six steps, and what was opened.

import {
  answersQuestion, ask, forgetQuestion, isAsking, letGo, requestOf, sendRowThrough,
} from "./asking.js";
import { buildButton, buildElement, writeText } from "./elements.js";
import { MathsWay } from "./maths_way.js";
import { OpenedPanel } from "./opened_panel.js";
import { StepsTold } from "./steps_told.js";
import { publish, store, subscribe } from "./store.js";

const askAgainAfter = 150;

/**
 * Make the panel of the mathematics.
 * @param {HTMLElement} element
 */
export function makeMathsPanel(element) {
  const panel = new MathsPanel(element);
  subscribe("selection", (selection) => panel.selected(selection));
  subscribe("explanation", (message) => {
    if (answersQuestion(message)) panel.explained(message);
  });
  subscribe("inspection", (message) => {
    if (answersQuestion(message)) panel.inspected(message);
  });
  subscribe("note", (note) => {
    if (answersQuestion(note)) panel.unanswered();
  });
  subscribe("connection", () => panel.unanswered());
  subscribe("frame", (frame) => panel.moved(frame));
  subscribe("state", (state) => panel.changed(state));
}

class MathsPanel {
  constructor(element) {
    this.shown = null; // "told", "opened", or nothing
    this.asked = { told: null, opened: null };
    this.seen = { told: null, opened: null }; // the weights that they were told with
    this.chosen = false; // whether what was selected has not arrived yet
    this.picked = null;
    this.network = null;
    this.timer = null;
    this.empty = buildElement("div", { class: "maths-empty" });
    this.toldBox = buildElement("div", { class: "maths-told", tabindex: 0, role: "group" });
    this.openedBox = buildElement("div", { class: "maths-box", tabindex: -1, role: "group" });
    this.buildEmpty();
    this.buildHead();
    element.classList.add("maths");
    this.way = new MathsWay(this.head);
    element.append(this.head, this.stale, this.empty, this.toldBox, this.openedBox);
    element.append(this.way.element);
    this.told = new StepsTold(this.toldBox);
    this.opened = new OpenedPanel(this.openedBox);
    this.show(null);
  }

  buildEmpty() {
    const words =
      "Click a point in the plane: it is sent through the network, and the six steps of " +
      "learning are told with its numbers. Click a node or a weight of the network to open it.";
    const send = buildButton({
      label: "Send a point through",
      help: "The first of the points that are learned from",
      press: sendFirstPoint,
    });
    this.empty.append(buildElement("p", { text: words }), send);
  }

  buildHead() {
    this.title = buildElement("p", { class: "maths-title" });
    this.turn = buildButton({
      label: "",
      help: "Between the point and what was opened",
      press: () => this.turnOver(),
    });
    const close = buildButton({ label: "Close", help: "Put it away", press: letGo });
    this.head = buildElement("div", { class: "maths-head" }, this.title, this.turn, close);
    const again = buildButton({
      label: "With the present weights",
      help: "Tell it anew with the weights of this moment",
      press: () => this.ask(this.shown),
    });
    const words = "The network has learned on since.";
    this.stale = buildElement(
      "p",
      { class: "maths-stale" },
      buildElement("span", { text: words }),
      again,
    );
  }

  show(which) {
    this.shown = which;
    this.empty.hidden = which !== null;
    this.head.hidden = which === null;
    this.toldBox.hidden = which !== "told";
    this.openedBox.hidden = which !== "opened";
    this.stale.hidden = true;
    if (which !== "told") this.told.stop();
    if (which === null) this.way.end();
    const other = which === "told" ? this.opened.message : this.told.message;
    this.turn.hidden = which === null || other === null;
    const turned = which === "told" ? `Show: ${this.opened.message?.title}` : "Show the six steps";
    writeText(this.turn.querySelector(".button-label"), turned);
    writeText(this.title, this.told.message?.title ?? "");
    this.title.hidden = which !== "told";
    this.toldBox.setAttribute("aria-label", this.told.message?.title ?? "");
    this.openedBox.setAttribute("aria-label", this.opened.message?.title ?? "");
  }

  // Whoever selects something also asks for what there is to tell of it.
  selected(selection) {
    if (selection === null) {
      this.close();
      return;
    }
    const which = selection.kind === "point" ? "told" : "opened";
    this.asked[which] = requestOf(selection);
    this.chosen = true;
  }

  ask(which) {
    const request = this.asked[which];
    if (request) ask(...request);
  }

  unanswered() {
    forgetQuestion();
    this.chosen = false;
  }

  explained(message) {
    const stay = this.arrived("told");
    this.told.tell(message, stay);
    this.show("told");
    if (!stay) this.way.offer(this.toldBox, "Its six steps, with the numbers");
  }

  inspected(message) {
    const stay = this.arrived("opened");
    this.opened.show(message, stay);
    this.show("opened");
    if (!stay) this.way.offer(this.openedBox, "Its numbers and formulas");
  }

  // Returns whether it is what was shown already, with newer numbers.
  arrived(which) {
    const stay = this.shown === which && !this.chosen;
    this.chosen = false;
    this.asked[which] ??= ["explain", {}];
    this.seen[which] = this.present(which);
    return stay;
  }

  // The weights that there are, and for what was opened the point that runs through it.
  present(which) {
    const { frame } = store;
    const told = `${frame?.address} ${frame?.batch} ${frame?.point}`;
    return which === "told" ? told : `${told} ${pickedKey(frame)}`;
  }

  // While it plays nobody can read numbers that change; once it pauses they are told anew.
  moved(frame) {
    this.follow(frame);
    if (this.shown === null || this.seen[this.shown] === this.present(this.shown)) return;
    if (frame.playing) {
      this.stale.hidden = false;
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.shown !== null && !store.frame.playing && !isAsking()) this.ask(this.shown);
    }, askAgainAfter);
  }

  // A place that is no row is picked without being selected.
  follow(frame) {
    const picked = pickedKey(frame);
    if (picked === this.picked) return;
    const before = this.picked;
    this.picked = picked;
    if (picked === "" && store.selection?.kind !== "point") forgetQuestion("explain");
    if (picked === "" && before !== null && this.told.message !== null) {
      this.told.message = null;
      this.show(this.opened.message && this.shown === "opened" ? "opened" : null);
      publish("light", []);
    } else if (picked !== "" && frame.picked.row === null && !this.chosen) {
      this.asked.told = ["explain", {}];
      this.chosen = true;
      this.ask("told");
    }
  }

  // A node of another network, or a point of other data, is no longer there.
  changed(state) {
    const { data, task, features } = state.settings;
    const network = JSON.stringify([data, task, features, state.network.sizes, state.data.axes]);
    const other = this.network !== null && this.network !== network;
    this.network = network;
    if (other) this.close();
  }

  turnOver() {
    this.show(this.shown === "told" ? "opened" : "told");
    if (this.shown === "told") this.told.lightUp();
    else publish("light", this.opened.message.places);
    (this.shown === "told" ? this.toldBox : this.openedBox).focus();
    this.moved(store.frame);
  }

  close() {
    clearTimeout(this.timer);
    this.told.stop();
    this.told.message = null;
    this.opened.message = null;
    this.asked = { told: null, opened: null };
    this.unanswered();
    const wasOpen = this.shown !== null;
    this.show(null);
    if (wasOpen) publish("light", []);
  }
}

function pickedKey(frame) {
  return frame?.picked ? `${frame.picked.row} ${frame.picked.at}` : "";
}

function sendFirstPoint() {
  const points = store.state?.data.points;
  if (points === undefined) return;
  // Of a recorded run, one that was recorded.
  const row = store.welcome.first ?? points.row[Math.max(0, points.part.indexOf(0))];
  sendRowThrough(row);
}
