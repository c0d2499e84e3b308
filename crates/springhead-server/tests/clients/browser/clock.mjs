// A clock that a machine reads off the picture: the wall clock's milliseconds in one row of black and white blocks.
//
// The row is the top 16 lines of a 640 x 360 picture, 36 blocks of 16 x 16 (a macroblock each, so that no codec smears
// one into the next): two guards (white, black), 24 bits of milliseconds since 1970 modulo 2^24, most significant first,
// 8 bits of CRC-8 over them, two guards (black, white). The publisher draws it, the page in the browser reads it.

export const WIDTH = 640;
export const HEIGHT = 360;
export const BLOCK = 16;
/** The clock's period: 4 h 39 min. */
export const MODULUS = 1 << 24;

const BITS = 24;
const BLOCKS = 2 + BITS + 8 + 2;

/** CRC-8 with polynomial 0x07 over three bytes. */
function crc8(value) {
  let crc = 0;
  for (let shift = 16; shift >= 0; shift -= 8) {
    crc ^= (value >> shift) & 0xff;
    for (let i = 0; i < 8; i += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

/** The blocks of an instant, 1 for white. */
export function encode(milliseconds) {
  const value = milliseconds % MODULUS;
  const blocks = [1, 0];
  for (let bit = BITS - 1; bit >= 0; bit -= 1) blocks.push((value >> bit) & 1);
  const check = crc8(value);
  for (let bit = 7; bit >= 0; bit -= 1) blocks.push((check >> bit) & 1);
  return [...blocks, 0, 1];
}

/** Draws the clock into the luma plane of a WIDTH x HEIGHT picture. */
export function draw(luma, milliseconds) {
  const row = new Uint8Array(WIDTH).fill(16);
  encode(milliseconds).forEach((white, i) => row.fill(white ? 235 : 16, i * BLOCK, (i + 1) * BLOCK));
  for (let line = 0; line < BLOCK; line += 1) luma.set(row, line * WIDTH);
}

/**
 * Reads the clock. `brightness(i)` is the brightness, 0 to 255, in the middle of block i. Null when it is not a clock.
 */
export function decode(brightness) {
  const bits = Array.from({ length: BLOCKS }, (_, i) => (brightness(i) > 127 ? 1 : 0));
  if (bits[0] !== 1 || bits[1] !== 0 || bits[BLOCKS - 2] !== 0 || bits[BLOCKS - 1] !== 1) return null;
  const number = (from, to) => bits.slice(from, to).reduce((value, bit) => value * 2 + bit, 0);
  const value = number(2, 2 + BITS);
  return number(2 + BITS, 2 + BITS + 8) === crc8(value) ? value : null;
}

/** Milliseconds from the instant `read` off the picture to `now`, in (-MODULUS / 2, MODULUS / 2]. */
export function age(read, now) {
  const difference = (((now % MODULUS) - read) % MODULUS + MODULUS) % MODULUS;
  return difference > MODULUS / 2 ? difference - MODULUS : difference;
}

/** Reads the clock off what a <video> shows; keep the returned function, it owns a canvas. */
export function clockReader(video) {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH / 4;
  canvas.height = BLOCK / 4;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return () => {
    if (!video.videoWidth) return null;
    // The picture may have been scaled: the clock's row is a fixed fraction of it.
    context.drawImage(video, 0, 0, video.videoWidth, (video.videoHeight * BLOCK) / HEIGHT, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, canvas.height / 2, canvas.width, 1);
    return decode((i) => data[(i * (BLOCK / 4) + BLOCK / 8) * 4 + 1]);
  };
}
