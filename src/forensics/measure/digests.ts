/** MD5 (RFC 1321) and SHA-256 (FIPS 180-4) of short texts, as hexadecimal: JA3 and JA4 are named by them. */

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32));

const rotatedLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
const rotatedRight = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The text with a one, zeros and its length in bits behind it, in whole blocks of 64 bytes. */
function padded(text: string, little: boolean): DataView {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(new ArrayBuffer(((bytes.length + 8) >> 6) * 64 + 64));
  for (const [index, byte] of bytes.entries()) view.setUint8(index, byte);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(view.byteLength - (little ? 8 : 4), bytes.length * 8, little);
  return view;
}

function hexOf(words: Int32Array, little: boolean): string {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  for (const [index, word] of words.entries()) view.setInt32(index * 4, word, little);
  return Array.from({ length: view.byteLength }, (_, index) =>
    view.getUint8(index).toString(16).padStart(2, '0'),
  ).join('');
}

export function md5(text: string): string {
  const view = padded(text, true);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let step = 0; step < 64; step += 1) {
      const round = step >> 4;
      const [mixed, word] = md5Step(round, step, b, c, d);
      const sum = (a + mixed + (SINES[step] ?? 0) + view.getInt32(block + word * 4, true)) | 0;
      const moved = (b + rotatedLeft(sum, SHIFTS[round * 4 + (step & 3)] ?? 0)) | 0;
      [a, d, c, b] = [d, c, b, moved];
    }
    for (const [index, value] of [a, b, c, d].entries()) state[index] = ((state[index] ?? 0) + value) | 0;
  }
  return hexOf(state, true);
}

/** The function of the round, and which word of the block it takes. */
function md5Step(round: number, step: number, b: number, c: number, d: number): [number, number] {
  if (round === 0) return [(b & c) | (~b & d), step];
  if (round === 1) return [(d & b) | (~d & c), (5 * step + 1) & 15];
  if (round === 2) return [b ^ c ^ d, (3 * step + 5) & 15];
  return [c ^ (b | ~d), (7 * step) & 15];
}

/** The first prime numbers, whose roots give the constants. */
const PRIMES = Array.from({ length: 312 }, (_, index) => index).filter(
  (number) =>
    number > 1 && !Array.from({ length: number }, (_, by) => by).some((by) => by > 1 && number % by === 0),
);
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32);
const ROUNDS = PRIMES.slice(0, 64).map((prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

export function sha256(text: string): string {
  const view = padded(text, false);
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let index = 0; index < 64; index += 1)
      words[index] = index < 16 ? view.getInt32(block + index * 4) : expanded(words, index);
    const mixed = compressed(state, words);
    for (const [index, value] of mixed.entries()) state[index] = ((state[index] ?? 0) + value) | 0;
  }
  return hexOf(state, false);
}

function expanded(words: Int32Array, index: number): number {
  const before = words[index - 15] ?? 0;
  const near = words[index - 2] ?? 0;
  const small = rotatedRight(before, 7) ^ rotatedRight(before, 18) ^ (before >>> 3);
  const large = rotatedRight(near, 17) ^ rotatedRight(near, 19) ^ (near >>> 10);
  return ((words[index - 16] ?? 0) + small + (words[index - 7] ?? 0) + large) | 0;
}

function compressed(state: Int32Array, words: Int32Array): Int32Array {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index += 1) {
    const large = rotatedRight(e, 6) ^ rotatedRight(e, 11) ^ rotatedRight(e, 25);
    const first = (h + large + ((e & f) ^ (~e & g)) + (ROUNDS[index] ?? 0) + (words[index] ?? 0)) | 0;
    const small = rotatedRight(a, 2) ^ rotatedRight(a, 13) ^ rotatedRight(a, 22);
    const second = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  return Int32Array.of(a, b, c, d, e, f, g, h);
}
