// Sharing and keeping: the link, the model's file, one's own table, Python, pictures, the bundle.

import { makeCopyButton, saveFile } from "./copying.js";
import { makeDialog, openDialog } from "./dialogs.js";
import { buildButton, buildElement } from "./elements.js";
import { makePicture, networkDrawing } from "./picture.js";
import { source } from "./source.js";
import { publish, store, subscribe } from "./store.js";

const tableEndings = [
  ...[".csv", ".tsv", ".tab", ".txt", ".psv", ".jsonl", ".ndjson", ".parquet", ".pq", ".arrow"],
  ...[".feather", ".ipc", ".gz", ".zst"],
];
const endingsTold = ".csv .tsv .jsonl .parquet .arrow, also as .gz or .zst; .chainrule";
const modelEnding = ".chainrule";
// The field of tables; and when the file before is read, as the last one given is to be learned.
const shareFiles = { table: null, read: Promise.resolve() };

/**
 * Make the buttons of sharing, and let files be dropped on the page.
 * @param {HTMLElement} element
 */
export function makeSharing(element) {
  const table = makeFileButton("Own table", "CSV, TSV, JSON Lines, Parquet or Arrow", tableEndings);
  [, shareFiles.table] = table;
  const always = [makeLinkButton(), makePythonButton(), makePictureButton()];
  const served = [
    shareButton("Save model", "The file that chainrule predict takes", () =>
      download("model", "model.chainrule"),
    ),
    ...makeFileButton("Load model", "A file that was saved here or on the command line", [
      modelEnding,
    ]),
    ...table,
    shareButton("Teacher’s bundle", "One HTML file of this run, to play without Python", () =>
      download("bundle", "bundle.html"),
    ),
  ];
  const group = { class: "share-buttons", role: "group", "aria-label": "Share and keep" };
  element.classList.add("share");
  element.append(buildElement("div", group, ...always, ...served));
  subscribe("welcome", ({ recorded = false }) => {
    if (recorded) served.forEach((button) => button.remove());
    else acceptDrops();
  });
}

/** Let a person choose the file of a table. */
export function chooseTable() {
  shareFiles.table.click();
}

function shareButton(label, help, press) {
  return buildButton({ label, help, press });
}

function tellNote(kind, text) {
  publish("note", { kind, text, about: null });
}

// ---------------------------------------------------------------- link

function makeLinkButton() {
  const link = buildElement("input", { readonly: true, "aria-label": "Link", type: "text" });
  const here = buildElement(
    "div",
    {},
    buildElement("h3", { text: "On this computer, while this playground runs" }),
    buildElement("div", { class: "share-row" }, link, makeCopyButton("Copy", () => link.value)),
  );
  const command = buildElement("pre", { class: "share-code", tabindex: 0 });
  const about = buildElement("p", { class: "share-quiet" });
  const dialog = makeDialog(
    "Share",
    buildElement("p", { text: "Every setting, the seeds and what was done are in this address." }),
    here,
    buildElement("h3", { text: "On another computer" }),
    command,
    makeCopyButton("Copy the command", () => command.textContent),
    about,
  );
  return shareButton("Share link", "The address that opens this picture again", () => {
    const address = store.frame?.address ?? store.state?.address ?? "";
    link.value = `${location.href.split("#")[0]}#${address}`;
    command.textContent = `chainrule playground '${address}'`;
    here.hidden = store.welcome?.recorded ?? false;
    const own = store.state?.settings.data === "own";
    about.hidden = !own;
    about.textContent = own ? "Your own table is not in the address: send its file along." : "";
    openDialog(dialog);
    link.select();
  });
}

// ---------------------------------------------------------------- files from here

async function download(what, otherwise) {
  const answer = await askServer(what, {}, { method: "GET" });
  if (answer === null) return;
  const named = answer.headers.get("Content-Disposition") ?? "";
  const found = /filename\*=UTF-8''([^;]+)/u.exec(named);
  const name = found ? decodeURIComponent(found[1]) : otherwise;
  saveFile(name, await answer.blob());
  tellNote("info", `Saved as ${name}.`);
}

// Returns null, and says why, if it could not be done.
async function askServer(what, query, options) {
  const asked = new URLSearchParams({ session: store.welcome?.session ?? "", ...query });
  document.body.classList.add("share-busy");
  try {
    const answer = await fetch(`${what}?${asked}`, options);
    if (answer.ok) return answer;
    const { text } = await answer.json();
    tellNote("error", text);
  } catch {
    tellNote("error", "The playground did not answer: is it still running?");
  } finally {
    document.body.classList.remove("share-busy");
  }
  return null;
}

// ---------------------------------------------------------------- files to here

function makeFileButton(label, help, endings) {
  const field = buildElement("input", { type: "file", accept: endings.join(","), hidden: true });
  field.addEventListener("change", () => {
    const [file] = field.files;
    field.value = ""; // the same file may be chosen again
    if (file) giveNext(file);
  });
  return [shareButton(label, help, () => field.click()), field];
}

function giveNext(file) {
  shareFiles.read = shareFiles.read.then(() => give(file)).catch(reportError);
}

/** Give a file to the playground: a model by its ending, and a table otherwise. */
async function give(file) {
  const model = file.name.endsWith(modelEnding);
  const largest = store.welcome?.limits[model ? "model" : "table"] ?? Infinity;
  if (file.size > largest) {
    const most = Math.round(largest / 1e6);
    tellNote("error", `${file.name} has ${Math.round(file.size / 1e6)} MB; ${most} are allowed.`);
    return;
  }
  const query = model ? {} : { name: file.name };
  const sent = await askServer(model ? "model" : "table", query, { method: "POST", body: file });
  if (sent === null) return;
  // What was opened is behind the group of these buttons.
  document.getElementById("do-share")?.closest("details")?.removeAttribute("open");
  if (model) {
    tellNote("info", `${file.name} is open.`);
    return;
  }
  tellNote("info", `${file.name} is read: choose what to predict, and the axes, under Data.`);
  document.querySelector("#controls-data select")?.focus();
}

// Once, however often the page is welcomed.
function acceptDrops() {
  if (document.querySelector(".share-drop")) return;
  const zone = buildElement(
    "div",
    { class: "share-drop", hidden: true },
    buildElement("p", { text: "Drop a table to learn from it, or a model to open it" }),
    buildElement("p", { class: "share-quiet", text: endingsTold }),
  );
  document.body.append(zone);
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragenter", (event) => {
    if (hasFiles(event)) zone.hidden = false;
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) zone.hidden = true;
  });
  addEventListener("drop", (event) => {
    zone.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    const { files } = event.dataTransfer;
    if (files.length === 1) giveNext(files[0]);
    else tellNote("error", `${files.length} files were dropped: drop one.`);
  });
}

// ---------------------------------------------------------------- Python

function makePythonButton() {
  const code = buildElement("pre", { class: "share-code", tabindex: 0, "aria-label": "Python" });
  const dialog = makeDialog(
    "The Python that does the same",
    code,
    makeCopyButton("Copy", () => code.textContent),
  );
  subscribe("python", (message) => {
    code.textContent = message.code;
    if (!dialog.open) openDialog(dialog);
  });
  return shareButton("Python", "The Python code that does the same", () => source.send("python"));
}

// ---------------------------------------------------------------- pictures

function makePictureButton() {
  const preview = buildElement("img", { class: "share-preview", alt: "" });
  const made = { picture: null, epoch: 0 };
  const name = (epoch, ending) => `playground-epoch-${epoch}.${ending}`;
  const present = () => store.frame?.epoch ?? 0;
  const dialog = makeDialog(
    "Picture",
    preview,
    buildElement(
      "div",
      { class: "share-row" },
      shareButton("Save as PNG", "Network, plane and curves", () =>
        saveFile(name(made.epoch, "png"), made.picture),
      ),
      shareButton("Network as SVG", "The network alone, to print or edit", () =>
        saveFile(`network-${name(present(), "svg")}`, networkDrawing()),
      ),
    ),
  );
  dialog.addEventListener("close", () => URL.revokeObjectURL(preview.src));
  return shareButton("Picture", "Network, plane and curves as a picture", async () => {
    made.epoch = present();
    made.picture = await makePicture();
    preview.src = URL.createObjectURL(made.picture);
    preview.alt = `The picture that will be saved: ${store.state?.title ?? ""}`;
    openDialog(dialog);
  });
}
