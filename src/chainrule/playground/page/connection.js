// The WebSocket: hello, messages and frames in, messages out, and the address bar that follows.

import { decodeFrame } from "./frames.js";
import { afterDraw, publish, subscribe } from "./store.js";
import { doWaiting } from "./throttle.js";

const protocolVersion = 1;
const addressPause = 500;
const hiddenPause = 1000;
const longestWait = 8000;
const sessionKey = "chainrule-playground";

const link = {
  socket: null,
  id: 0,
  wait: 250,
  retry: null,
  session: null,
  unshown: null,
  hiddenTimer: null,
  address: null,
  addressTimer: null,
  unwritten: false, // whether the address bar does not have it yet
  typed: null, // what else was typed there, until it is answered
  loading: null,
};

/** Open the connection, and keep it open. */
export function connect() {
  link.session = takeSession();
  afterDraw(acknowledge);
  subscribe("welcome", (welcome) => {
    link.session = welcome.session;
    loadTyped(); // while there was no connection
  });
  subscribe("state", (state) => followAddress(state.address));
  subscribe("frame", (frame) => followAddress(frame.address));
  subscribe("note", leaveRefused);
  addEventListener("hashchange", (event) => {
    // This is told only later: by now the session's address may stand in the bar again.
    link.typed = new URL(event.newURL).hash.slice(1);
    loadTyped();
  });
  addEventListener("pagehide", keepSession);
  addEventListener("pageshow", (event) => {
    if (event.persisted) sessionStorage.removeItem(sessionKey);
  });
  addEventListener("online", openNow);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    acknowledge();
    openNow();
  });
  open();
}

/**
 * Send a message, if the connection is open.
 * @param {string} type
 * @param {object} fields
 * @returns {number} the message's id, which the answer repeats as `to`
 */
export function send(type, fields = {}) {
  if (type !== "shown") doWaiting();
  link.id += 1;
  if (link.socket?.readyState === WebSocket.OPEN) {
    link.socket.send(JSON.stringify({ ...fields, type, id: link.id }));
  }
  return link.id;
}

function open() {
  link.retry = null;
  const address = new URL("socket", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.hash = "";
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", greet);
  socket.addEventListener("message", (event) => receive(event.data));
  socket.addEventListener("close", (event) => lost(socket, event));
  link.socket = socket;
}

function greet() {
  link.unshown = null;
  // The bar may not have the last address yet.
  const address = link.address ?? fragment();
  send("hello", { version: protocolVersion, address, session: link.session });
}

function receive(data) {
  if (typeof data !== "string") {
    const frame = decodeFrame(data);
    link.unshown = frame.frame;
    publish("frame", frame);
    if (document.hidden) acknowledgeLater();
    return;
  }
  const { type, ...message } = JSON.parse(data);
  if (type === "welcome") {
    link.wait = 250;
    publish("connection", "open");
  }
  publish(type, message);
}

function lost(socket, event) {
  if (socket !== link.socket) return;
  link.socket = null;
  publish("connection", "closed");
  if (event.reason) publish("note", { kind: "error", text: event.reason, about: null });
  link.retry = setTimeout(open, link.wait);
  link.wait = Math.min(2 * link.wait, longestWait);
}

function openNow() {
  if (link.retry === null) return;
  clearTimeout(link.retry);
  open();
}

// A frame is acknowledged together with all before it.
function acknowledge() {
  clearTimeout(link.hiddenTimer);
  link.hiddenTimer = null;
  if (link.unshown === null) return;
  send("shown", { frame: link.unshown });
  link.unshown = null;
}

// A hidden tab draws nothing, so that nothing would ever be acknowledged.
function acknowledgeLater() {
  link.hiddenTimer ??= setTimeout(acknowledge, hiddenPause);
}

function loadTyped() {
  if (link.typed !== null) link.loading = send("load", { address: link.typed });
}

function fragment() {
  return location.hash.slice(1);
}

// Browsers allow a page only so many changes of its address in a time.
function followAddress(address) {
  if (address === undefined || (address === link.address && link.typed === null)) return;
  link.address = address;
  link.typed = null;
  link.unwritten = true;
  if (link.addressTimer === null) writeAddress();
}

// An address that cannot be shown does not stay.
function leaveRefused(note) {
  if (note.to === undefined || note.to !== link.loading || link.address === null) return;
  link.typed = null;
  history.replaceState(history.state, "", `#${link.address}`);
}

function writeAddress() {
  link.unwritten = false;
  history.replaceState(history.state, "", `#${link.address}`);
  link.addressTimer = setTimeout(() => {
    link.addressTimer = null;
    if (link.unwritten) writeAddress();
  }, addressPause);
}

// The session's name lies in the storage only while no page is open: a tab that was duplicated,
// storage and all, then begins a session of its own.
function keepSession() {
  if (link.address !== null) history.replaceState(history.state, "", `#${link.address}`);
  const kept = { session: link.session, address: fragment() };
  sessionStorage.setItem(sessionKey, JSON.stringify(kept));
}

function takeSession() {
  const kept = JSON.parse(sessionStorage.getItem(sessionKey) ?? "null");
  sessionStorage.removeItem(sessionKey);
  return kept?.address === fragment() ? kept.session : null;
}
