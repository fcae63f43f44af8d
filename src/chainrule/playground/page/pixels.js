// Rows of the data that are small pictures.

const unpacked = { from: null, bytes: null };

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
