/**
 * SipHash-2-4 (Aumasson, Bernstein 2012): a keyed pseudo-random function, 128-bit key, 64-bit result, made for short
 * inputs. JavaScript has no fast 64-bit integers, so each of the four words is a low and a high half.
 */
export type SipHash = (bytes: Uint8Array, from: number, to: number) => void;

/** Makes the function of one key; it leaves its result in `out`, low half first, so that nothing is allocated. */
export function createSipHash(key: Uint8Array, out: Uint32Array): SipHash {
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = [0, 4, 8, 12].map((at) => word(key, at));
  const v = new Int32Array(8); // v0 low, v0 high, v1 low …
  const absorb = (low: number, high: number): void => {
    v[6] = at(v, 6) ^ low;
    v[7] = at(v, 7) ^ high;
    round(v);
    round(v);
    v[0] = at(v, 0) ^ low;
    v[1] = at(v, 1) ^ high;
  };
  return (bytes, from, to) => {
    begin(v, k0, k1, k2, k3);
    let i = from;
    for (; i + 8 <= to; i += 8) absorb(word(bytes, i), word(bytes, i + 4));
    const low = tail(bytes, i, Math.min(i + 4, to));
    absorb(low, tail(bytes, i + 4, to) | (((to - from) & 255) << 24));
    v[4] = at(v, 4) ^ 0xff;
    for (let n = 0; n < 4; n++) round(v);
    out[0] = at(v, 0) ^ at(v, 2) ^ at(v, 4) ^ at(v, 6);
    out[1] = at(v, 1) ^ at(v, 3) ^ at(v, 5) ^ at(v, 7);
  };
}

const at = (v: Int32Array | Uint8Array, i: number): number => v[i] as number;

const word = (bytes: Uint8Array, i: number): number =>
  at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);

/** The last bytes, fewer than four, as one little-endian word. */
function tail(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = to - 1; i >= from; i--) value = (value << 8) | at(bytes, i);
  return value;
}

/** "somepseudorandomlygeneratedbytes", keyed. */
function begin(v: Int32Array, k0: number, k1: number, k2: number, k3: number): void {
  v[0] = k0 ^ 0x70736575;
  v[1] = k1 ^ 0x736f6d65;
  v[2] = k2 ^ 0x6e646f6d;
  v[3] = k3 ^ 0x646f7261;
  v[4] = k0 ^ 0x6e657261;
  v[5] = k1 ^ 0x6c796765;
  v[6] = k2 ^ 0x79746573;
  v[7] = k3 ^ 0x74656462;
}

/** SipRound: four additions of 64 bits, each followed by a rotation and an exclusive or; `l` and `h` are halves. */
function round(v: Int32Array): void {
  const l1 = at(v, 2);
  const h1 = at(v, 3);
  const l3 = at(v, 6);
  const h3 = at(v, 7);
  // v0 += v1, v1 <<<= 13, v1 ^= v0, v0 <<<= 32
  const al = (at(v, 0) + l1) | 0;
  const ah = (at(v, 1) + h1 + carry(al, l1)) | 0;
  const bl = ((l1 << 13) | (h1 >>> 19)) ^ al;
  const bh = ((h1 << 13) | (l1 >>> 19)) ^ ah;
  // v2 += v3, v3 <<<= 16, v3 ^= v2
  const cl = (at(v, 4) + l3) | 0;
  const ch = (at(v, 5) + h3 + carry(cl, l3)) | 0;
  const dl = ((l3 << 16) | (h3 >>> 16)) ^ cl;
  const dh = ((h3 << 16) | (l3 >>> 16)) ^ ch;
  // v0 += v3, v3 <<<= 21, v3 ^= v0
  const el = (ah + dl) | 0;
  const eh = (al + dh + carry(el, dl)) | 0;
  v[0] = el;
  v[1] = eh;
  v[6] = ((dl << 21) | (dh >>> 11)) ^ el;
  v[7] = ((dh << 21) | (dl >>> 11)) ^ eh;
  // v2 += v1, v1 <<<= 17, v1 ^= v2, v2 <<<= 32
  const fl = (cl + bl) | 0;
  const fh = (ch + bh + carry(fl, bl)) | 0;
  v[2] = ((bl << 17) | (bh >>> 15)) ^ fl;
  v[3] = ((bh << 17) | (bl >>> 15)) ^ fh;
  v[4] = fh;
  v[5] = fl;
}

const carry = (sum: number, added: number): number => (sum >>> 0 < added >>> 0 ? 1 : 0);
