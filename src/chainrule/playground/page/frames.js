// A frame as it comes from the server: a header in JSON, then arrays.

const arrayTypes = { float32: Float32Array, uint8: Uint8Array };

/**
 * Read a frame: little-endian length of the header, the header, and arrays padded to 8 bytes.
 * The arrays are views of `buffer`, not copies.
 * @param {ArrayBuffer} buffer
 * @returns {object} the header, its `arrays` as {name: {data, shape}}
 */
export function decodeFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  let start = nextEight(4 + length);
  for (const { name, type, shape } of header.arrays) {
    const size = shape.reduce((product, side) => product * side, 1);
    const data = new arrayTypes[type](buffer, start, size);
    arrays[name] = { data, shape };
    start = nextEight(start + data.byteLength);
  }
  return { ...header, arrays };
}

function nextEight(bytes) {
  return Math.ceil(bytes / 8) * 8;
}
