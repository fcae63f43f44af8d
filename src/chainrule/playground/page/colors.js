// Colors: read from the page's custom properties, so that both themes work, and kept as tables of
// pixels for canvases.

/** @typedef {[number, number, number]} Bytes red, green and blue, 0 to 255 */

const tableSize = 256;
const shapes = [
  "circle", "square", "triangle", "diamond", "down", "plus", "cross", "pentagon", "left", "right",
];
// From dark to light, with the lightness of even steps: order is seen without color, too.
const orderedStops = ["#101a4d", "#2c4a7c", "#5f7486", "#9c9a7e", "#d6bf5f", "#fbe74b"];
const knownColors = new Map();
const knownTables = new Map();
const themeListeners = new Set();
let probeElement = null;
let probePixel = null;

/**
 * A color of the page, as CSS has it.
 * @param {string} name custom property without its dashes: "ink", "class-0"
 * @returns {string}
 */
export function color(name) {
  if (!knownColors.has(name)) knownColors.set(name, readColor(`var(--${name})`));
  return cssOf(knownColors.get(name));
}

/**
 * A color of the page as bytes.
 * @param {string} name
 * @returns {Bytes}
 */
export function colorBytes(name) {
  color(name);
  return knownColors.get(name);
}

/** The color of a class, by its place in the list; @param {number} i @returns {string} */
export function classColor(i) {
  return color(`class-${i % 10}`);
}

/** The shape of a class: none is told by color alone; @param {number} i @returns {string} */
export function classShape(i) {
  return shapes[i % shapes.length];
}

/** Pixels for the bytes of the nodes' pictures: 128 is 0; @returns {Uint32Array} */
export function signedTable() {
  return table("signed", () => {
    const ends = [colorBytes("negative"), colorBytes("paper"), colorBytes("positive")];
    // Byte 0 is never sent: -1 is 1, 0 is 128, +1 is 255.
    return blend([ends[0], ...ends].slice(1), tableSize);
  });
}

/** Pixels for an amount in its range, dark to light; @returns {Uint32Array} */
export function orderedTable() {
  return table("ordered", () => blend(orderedStops.map(hexBytes), tableSize));
}

/** The color of an amount, 0 to 1 in its range; @param {number} part @returns {string} */
export function orderedColor(part) {
  const bounded = Math.max(0, Math.min(1, part || 0));
  return pixelCss(orderedTable()[Math.round(bounded * (tableSize - 1))]);
}

/**
 * Pixels for the probability of the second class of two: paper where both are as likely.
 * @returns {Uint32Array}
 */
export function twoClassTable() {
  return table("two", () =>
    blend([faint(0, 0.62), colorBytes("paper"), faint(1, 0.62)], tableSize));
}

/**
 * Pixels for a class by how sure the network is of it: paper at pure chance.
 * @param {number} i class
 * @param {number} count how many classes there are
 * @returns {Uint32Array}
 */
export function classTable(i, count) {
  return table(`class-${i}-${count}`, () => {
    const sure = blend([colorBytes("paper"), faint(i, 0.66)], tableSize);
    return sure.map((_, byte) => {
      const part = (byte / (tableSize - 1) - 1 / count) / (1 - 1 / count);
      return sure[Math.round(Math.max(0, Math.min(1, part)) * (tableSize - 1))];
    });
  });
}

/** The pixel of a class that is decided for; @param {number} i @returns {number} */
export function decidedPixel(i) {
  return pixelOf(faint(i, 0.5));
}

/**
 * Whoever draws by these colors is told when they change.
 * @param {() => void} callback
 */
export function onTheme(callback) {
  if (themeListeners.size === 0) watchTheme();
  themeListeners.add(callback);
}

function watchTheme() {
  const forget = () => {
    knownColors.clear();
    knownTables.clear();
    themeListeners.forEach((callback) => callback());
  };
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", forget);
  }
  const watched = { attributes: true, attributeFilter: ["class", "data-theme", "style"] };
  new MutationObserver(forget).observe(document.documentElement, watched);
}

function table(name, make) {
  if (!knownTables.has(name)) knownTables.set(name, make());
  return knownTables.get(name);
}

function faint(i, strength) {
  return mixed(colorBytes("paper"), colorBytes(`class-${i % 10}`), strength);
}

// A browser knows more ways to write a color than we do: it paints one pixel, and we read that.
function readColor(css) {
  if (!probeElement) {
    probeElement = document.createElement("span");
    probeElement.hidden = true;
    document.body.append(probeElement);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    probePixel = canvas.getContext("2d", { willReadFrequently: true });
  }
  probeElement.style.color = css;
  probePixel.fillStyle = getComputedStyle(probeElement).color;
  probePixel.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probePixel.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

function hexBytes(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

function cssOf([red, green, blue]) {
  return `rgb(${red}, ${green}, ${blue})`;
}

function pixelOf([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function pixelCss(pixel) {
  return cssOf([pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255]);
}

/** Evenly spaced colors, blended in Oklab, where the middle of two colors looks like it. */
function blend(stops, count) {
  const labs = stops.map(toLab);
  return Uint32Array.from({ length: count }, (_, at) => {
    const place = (at / (count - 1)) * (stops.length - 1);
    const first = Math.min(Math.floor(place), stops.length - 2);
    return pixelOf(toBytes(between(labs[first], labs[first + 1], place - first)));
  });
}

function mixed(one, other, part) {
  return toBytes(between(toLab(one), toLab(other), part));
}

function between(one, other, part) {
  return one.map((value, i) => value + part * (other[i] - value));
}

// Oklab, after Björn Ottosson (2020).
function toLab(bytes) {
  const [r, g, b] = bytes.map((byte) => {
    const part = byte / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toBytes([light, a, b]) {
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((part) => {
    const bent = part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.max(0, Math.min(1, bent)));
  });
}
