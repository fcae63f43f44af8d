// Small drawings: of what a button does, and of what a data set looks like.

const svgSpace = "http://www.w3.org/2000/svg";

// Paths in a square of 20; those in `filledIcons` are filled, the others are lines.
const iconPaths = {
  play: "M6 4 L16 10 L6 16 Z",
  pause: "M6 4 H8.6 V16 H6 Z M11.4 4 H14 V16 H11.4 Z",
  reset: "M4 4 V9 H9 M4.4 8.6 A6.5 6.5 0 1 1 4 12.5",
  epoch: "M4 5 L10 10 L4 15 Z M10 5 L16 10 L10 15 Z",
  batch: "M6 5 L13 10 L6 15 Z M14 5 H15.6 V15 H14 Z",
  point: "M10 6.4 A3.6 3.6 0 1 1 9.99 6.4 Z",
  restart: "M5 6 H14 A1 1 0 0 1 15 7 V15 H6 A1 1 0 0 1 5 14 Z M8 9 h.01 M12 12 h.01",
  race: "M3 6 H13 M3 10 H17 M3 14 H9",
  keys: "M3 5.5 H17 V14.5 H3 Z M6 8.5 h.01 M9 8.5 h.01 M12 8.5 h.01 M14.5 8.5 h.01 M7 11.8 H13",
  close: "M5 5 L15 15 M15 5 L5 15",
  down: "M10 4 V15.5 M5 10.5 L10 15.5 L15 10.5",
  plus: "M10 5 V15 M5 10 H15",
  minus: "M5 10 H15",
  light: "M10 6.5 A3.5 3.5 0 1 1 9.99 6.5 Z M10 2 V3.5 M10 16.5 V18 M2 10 H3.5 M16.5 10 H18 "
    + "M4.4 4.4 L5.4 5.4 M14.6 14.6 L15.6 15.6 M4.4 15.6 L5.4 14.6 M14.6 5.4 L15.6 4.4",
  dark: "M15.5 12.5 A6.5 6.5 0 1 1 8 4.2 A5.2 5.2 0 0 0 15.5 12.5 Z",
  auto: "M10 3.5 A6.5 6.5 0 1 1 9.99 3.5 Z M10 3.5 V16.5 M10 7 H15.7 M10 10 H16.5 M10 13 H15.7",
  table: "M3 4.5 H17 V15.5 H3 Z M3 8 H17 M3 11.8 H17 M8 4.5 V15.5 M12.6 4.5 V15.5",
};
const filledIcons = new Set(["play", "pause", "epoch", "batch", "point"]);

/**
 * A drawing for a button.
 * @param {string} name
 * @returns {SVGElement}
 */
export function buildIcon(name) {
  const picture = iconFrame(`icon ${filledIcons.has(name) ? "icon-filled" : ""}`.trim());
  picture.append(iconShape("path", { d: iconPaths[name] }));
  return picture;
}

/**
 * What a data set looks like, by its name; a table where it is not made of points in a plane.
 * @param {string} name
 * @returns {SVGElement}
 */
export function buildDataIcon(name) {
  const dots = dataDots[name]?.();
  if (!dots) return buildIcon("table");
  const picture = iconFrame("icon icon-data");
  for (const [x, y, kind] of dots) {
    picture.append(iconShape("circle", { cx: x, cy: y, r: 1.15, class: `icon-dot-${kind}` }));
  }
  return picture;
}

const dataDots = {
  circle: () => [...ringOfDots(3, 2.2, 0), ...ringOfDots(13, 7.8, 1)],
  xor: () => [[5.5, 5.5, 0], [14.5, 14.5, 0], [14.5, 5.5, 1], [5.5, 14.5, 1]]
    .flatMap(([x, y, kind]) => heapOfDots(x, y, kind)),
  gaussians: () => [...heapOfDots(5.5, 13.8, 0), ...heapOfDots(14, 6, 1)],
  moons: () => dotRange(7).flatMap((i) => {
    const angle = Math.PI * (i / 6);
    const [across, up] = [5.6 * Math.cos(angle), 6.2 * Math.sin(angle)];
    return [[7.4 + across, 11.4 - up, 0], [12.6 - across, 8.6 + up, 1]];
  }),
  spiral: () => dotRange(10).flatMap((i) => {
    const [radius, angle] = [1.4 + 0.72 * i, 0.6 + 0.52 * i];
    const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    return [[10 + x, 10 + y, 0], [10 - x, 10 - y, 1]];
  }),
  hills: () => dotRange(25).map((i) => {
    const [column, row] = [i % 5, Math.floor(i / 5)];
    const height = Math.cos(0.9 * column) + Math.sin(0.9 * row);
    return [2.8 + 3.6 * column, 2.8 + 3.6 * row, height > 0.2 ? 1 : 0];
  }),
  digits: () => ["01110", "10001", "01110", "10001", "01110"].flatMap((line, row) =>
    [...line].map((pixel, column) => [2.8 + 3.6 * column, 2.8 + 3.6 * row, pixel === "1" ? 0 : 2]),
  ),
};

function ringOfDots(count, radius, kind) {
  return dotRange(count).map((i) => {
    const angle = (2 * Math.PI * i) / count;
    return [10 + radius * Math.cos(angle), 10 + radius * Math.sin(angle), kind];
  });
}

function heapOfDots(x, y, kind) {
  return [[0, 0], [2.9, 0.8], [-2.6, 1.4], [0.7, -2.9], [-0.5, 3]]
    .map(([right, down]) => [x + right, y + down, kind]);
}

function dotRange(count) {
  return Array.from({ length: count }, (_, i) => i);
}

function iconFrame(kind) {
  return iconShape("svg", { viewBox: "0 0 20 20", class: kind, "aria-hidden": "true" });
}

function iconShape(tag, attributes) {
  const shape = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return shape;
}
