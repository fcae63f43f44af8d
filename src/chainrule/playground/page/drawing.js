// What the views have in common: elements, sharp canvases, ticks, and numbers as text.

const drawingSpace = "http://www.w3.org/2000/svg";
const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const subscripts = "₀₁₂₃₄₅₆₇₈₉";

/**
 * Make an element of SVG; attributes that are null, undefined or false are left out.
 * @param {string} tag
 * @param {Object<string, any>} [attributes]
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function buildShape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(drawingSpace, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * Set an attribute only where it changes: most attributes of most frames do not.
 * @param {any} element
 * @param {string} name
 * @param {string|number} value
 */
export function writeAttribute(element, name, value) {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Makes a canvas as sharp as the screen; its drawing is in CSS pixels afterwards.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width CSS pixels
 * @param {number} height CSS pixels
 * @returns {CanvasRenderingContext2D}
 */
export function sharpCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/**
 * Tells an element's width now and whenever it, or the screen's sharpness, changes.
 * @param {Element} element
 * @param {(width: number) => void} callback
 */
export function watchWidth(element, callback) {
  let width = 0;
  let ratio = 0;
  const tell = (now) => {
    const sharp = window.devicePixelRatio || 1;
    if (now < 1 || (now === width && sharp === ratio)) return;
    width = now;
    ratio = sharp;
    callback(width);
  };
  // Not at once: what is laid out anew in an observer's call may ask for that call again.
  new ResizeObserver(([entry]) => {
    requestAnimationFrame(() => tell(Math.floor(entry.contentRect.width)));
  }).observe(element);
  window.addEventListener("resize", () => tell(width));
}

/** Whether nothing should move by itself; @returns {boolean} */
export function prefersStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A value, or the end of the range it lies beyond; @returns {number} */
export function bounded(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

/**
 * Round numbers that divide a range.
 * @param {number} low
 * @param {number} high
 * @param {number} [count] about how many
 * @returns {number[]}
 */
export function roundTicks(low, high, count = 5) {
  const width = high - low;
  if (!(width > 0) || !Number.isFinite(width)) return Number.isFinite(low) ? [low] : [];
  const rough = width / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const found = [];
  for (let at = first; at <= last; at += 1) found.push(Number((at * step).toPrecision(12)));
  return found;
}

/**
 * A number as it is printed: a true minus sign, no more figures than are asked for.
 * @param {number|null|undefined} value
 * @param {number} [figures] significant figures
 * @returns {string}
 */
export function numberText(value, figures = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return powerText(value, figures);
  const places = bounded(figures - 1 - Math.floor(Math.log10(size || 1)), 0, figures + 3);
  return value.toFixed(places).replace(/^-(0(?:\.0*)?)$/, "$1").replace("-", "−");
}

function powerText(value, figures) {
  const [digits, power] = value.toExponential(Math.max(0, figures - 2)).split("e");
  const short = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  const sign = power.startsWith("-") ? "⁻" : "";
  const times = short === "1" ? "" : `${short.replace("-", "−")}·`;
  return `${times}10${sign}${raised(power.replace(/[+-]/, ""))}`;
}

/**
 * Ticks of one axis as text: as many decimals as tell them apart.
 * @param {number[]} ticks
 * @returns {string[]}
 */
export function tickTexts(ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0] || 1);
  const largest = Math.max(...ticks.map(Math.abs), 0);
  if (largest >= 1e6 || (largest > 0 && largest < 1e-3)) {
    return ticks.map((tick) => (tick === 0 ? "0" : powerText(tick, 4)));
  }
  const places = bounded(-Math.floor(Math.log10(step) + 1e-9), 0, 6);
  return ticks.map((tick) => tick.toFixed(places).replace("-", "−"));
}

/** @param {number} whole @returns {string} */
export function raised(whole) {
  return String(whole).replace(/\d/g, (digit) => superscripts[Number(digit)]);
}

/** @param {number|string} whole @returns {string} */
export function lowered(whole) {
  return String(whole).replace(/\d/g, (digit) => subscripts[Number(digit)]);
}

/** A score as text: a share in percent, R² as a number; @returns {string} */
export function scoreText(score, name) {
  if (score === null || score === undefined || !Number.isFinite(score)) return "–";
  return name === "R²" ? numberText(score, 3) : `${(100 * score).toFixed(1)} %`;
}

/**
 * Text cut to a number of letters.
 * @param {string} text
 * @param {number} letters
 * @returns {string}
 */
export function shortText(text, letters) {
  const all = Array.from(String(text));
  if (all.length <= letters) return all.join("");
  return `${all.slice(0, Math.max(1, letters - 1)).join("")}…`;
}

/** The outline of a class's shape about 0, 0; @param {string} shape @param {number} r */
export function shapePath(shape, r) {
  const corners = (count, turn, size) => {
    const points = Array.from({ length: count }, (_, i) => {
      const angle = turn + (2 * Math.PI * i) / count;
      return `${(size * Math.cos(angle)).toFixed(2)} ${(size * Math.sin(angle)).toFixed(2)}`;
    });
    return `M${points.join("L")}Z`;
  };
  const cross = (turn) => {
    const a = r * 1.1;
    const b = r * 0.42;
    const half = [[-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b]];
    const all = half.concat(half.map(([x, y]) => [-x, -y]));
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    const at = all.map(([x, y]) => `${(c * x - s * y).toFixed(2)} ${(s * x + c * y).toFixed(2)}`);
    return `M${at.join("L")}Z`;
  };
  switch (shape) {
    case "square": return corners(4, Math.PI / 4, r * 1.25);
    case "diamond": return corners(4, 0, r * 1.25);
    case "triangle": return corners(3, -Math.PI / 2, r * 1.3);
    case "down": return corners(3, Math.PI / 2, r * 1.3);
    case "left": return corners(3, Math.PI, r * 1.3);
    case "right": return corners(3, 0, r * 1.3);
    case "pentagon": return corners(5, -Math.PI / 2, r * 1.12);
    case "plus": return cross(0);
    case "cross": return cross(Math.PI / 4);
    default: return `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }
}
