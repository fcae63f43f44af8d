// Rows of the data that are small pictures.

const unpacked = { from: null, bytes: null };
const averaged = { from: null, parts: null, bytes: null };

// All pictures' bytes, points × rows × columns; unpacked once.
function pictureBytes(data) {
  if (!data?.image || !data.pixels) return null;
  if (unpacked.from !== data.pixels) {
    unpacked.from = data.pixels;
    unpacked.bytes = Uint8Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0));
  }
  return unpacked.bytes;
}

/**
 * The picture of one point.
 * @param {object} data of the state message
 * @param {number} point place in the list of points
 * @returns {Uint8Array|null}
 */
export function pictureOfPoint(data, point) {
  const bytes = pictureBytes(data);
  const size = data?.image ? data.image.rows * data.image.columns : 0;
  return bytes && point >= 0 ? bytes.subarray(point * size, (point + 1) * size) : null;
}

/**
 * The picture of the row that was picked.
 * @param {object} data of the state message
 * @param {object|null} picked of the frame
 * @returns {Uint8Array|null}
 */
export function pictureOfRow(data, picked) {
  if (!picked || picked.row === null) return null;
  return pictureOfPoint(data, data.points.row.indexOf(picked.row));
}

/**
 * The mean of all pictures that are learned from.
 * @param {object} data of the state message
 * @returns {Uint8Array|null}
 */
export function meanPicture(data) {
  const bytes = pictureBytes(data);
  if (!bytes) return null;
  const parts = data.points.part;
  if (averaged.from === data.pixels && averaged.parts === parts) return averaged.bytes;
  const sums = new Float64Array(data.image.rows * data.image.columns);
  const learned = parts.flatMap((part, point) => (part === 0 ? [point] : []));
  for (const point of learned) {
    pictureOfPoint(data, point).forEach((byte, i) => {
      sums[i] += byte;
    });
  }
  averaged.from = data.pixels;
  averaged.parts = parts;
  averaged.bytes = Uint8Array.from(sums, (sum) => sum / Math.max(1, learned.length));
  return averaged.bytes;
}

/** Whether a pixel is the same in every picture; @returns {boolean} */
export function isPixelConstant(data, pixel) {
  const first = pictureOfPoint(data, 0)?.[pixel];
  return data.points.row.every((_, point) => pictureOfPoint(data, point)?.[pixel] === first);
}
