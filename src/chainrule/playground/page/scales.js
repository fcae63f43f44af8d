// Where a number stands on its slider, and how it is written.

const logSteps = 200;
const digitsOfLog = 2;

/**
 * The slider of a control record: its ends and step, and the way from position to value and back.
 * On a logarithmic scale that begins at 0, the first position is 0 and the second `step`.
 * @param {{low: number, high: number, step: number|null, scale: string|null, kind: string}} record
 * @returns {{min: number, max: number, step: number, toValue: (position: number) => number,
 *   toPosition: (value: number) => number}}
 */
export function sliderScale(record) {
  const { low, high } = record;
  const whole = record.kind === "integer";
  if (record.scale !== "log") {
    const step = record.step || (whole ? 1 : (high - low) / logSteps);
    const toValue = (position) => tidyNumber(position, 6);
    return { min: low, max: high, step, toValue, toPosition: (value) => value };
  }
  const values = logValues(record);
  const toValue = (position) => values[Math.round(position)];
  return { min: 0, max: values.length - 1, step: 1, toValue, toPosition: (value) =>
    nearestOf(values, value) };
}

// Every position is another number, so that each press of an arrow key does something.
function logValues({ low, high, step, kind }) {
  const first = low > 0 ? low : step || high / 1e6;
  const values = Array.from({ length: logSteps + 1 }, (_, i) => {
    const value = tidyNumber(first * (high / first) ** (i / logSteps), digitsOfLog);
    return Math.min(kind === "integer" ? Math.round(value) : value, high);
  });
  return [...new Set(low > 0 ? values : [low, ...values])];
}

// On such a scale the factor between two numbers is how far they are apart.
function nearestOf(values, value) {
  const above = values.findIndex((other) => other >= value);
  if (above <= 0) return above < 0 ? values.length - 1 : 0;
  const below = values[above - 1];
  return value * value < below * values[above] ? above - 1 : above;
}

/**
 * A number as a person types it: no more digits than it needs, no more than six.
 * @param {number} value
 * @returns {string}
 */
export function writeNumber(value) {
  return typeof value === "number" ? String(tidyNumber(value, 6)) : String(value ?? "");
}

/**
 * A number with its unit; words stand apart from it, signs do not.
 * @param {number} value
 * @param {string} unit
 * @returns {string}
 */
export function writeAmount(value, unit) {
  return `${writeNumber(value)}${unit.length > 1 ? " " : ""}${unit}`;
}

/**
 * What was typed: a number if it is one, otherwise the text, which the server will answer.
 * @param {string} text
 * @returns {number|string}
 */
export function readNumber(text) {
  const value = Number(text.replace("−", "-"));
  return text.trim() !== "" && Number.isFinite(value) ? value : text;
}

function tidyNumber(value, digits) {
  return Number(value.toPrecision(digits));
}
