import { halfToFloat } from '../core/float16'

/**
 * The block formats of GGUF files: some weights share scales. Source: github.com/ggml-org/llama.cpp,
 * ggml/src/ggml-quants.c and gguf-py/gguf/quants.py, whose float32 arithmetic is followed operation by operation, so
 * that values are equal to the bit.
 */
export interface BlockFormat {
  readonly name: string
  /** Weights in a block. */
  readonly weights: number
  /** Bytes of a block. */
  readonly bytes: number
  /** Unpacks one block. @param out `weights` values are written from `to` on */
  readonly unpack: (block: Uint8Array, at: number, out: Float32Array, to: number) => void
}

const f32 = Math.fround
const half = (block: Uint8Array, at: number): number => halfToFloat(block[at]! | (block[at + 1]! << 8))
const signed = (byte: number): number => (byte << 24) >> 24

/** Low nibbles are the first 16 weights, high nibbles the others. */
const nibble = (block: Uint8Array, at: number, i: number): number =>
  i < 16 ? block[at + i]! & 15 : block[at + i - 16]! >> 4

/** One scale, and with `minimum` an offset; five bits have their highest apart. */
function simple(name: string, bits: 4 | 5, minimum: boolean): BlockFormat {
  const codes = minimum ? 4 : 2
  const low = codes + (bits === 5 ? 4 : 0)
  const centre = minimum ? 0 : 2 ** (bits - 1)
  return {
    name,
    weights: 32,
    bytes: low + 16,
    unpack: (block, at, out, to) => {
      const scale = half(block, at)
      const offset = minimum ? half(block, at + 2) : 0
      for (let i = 0; i < 32; i++) {
        const high = bits === 5 ? ((block[at + codes + (i >> 3)]! >> (i & 7)) & 1) << 4 : 0
        const value = scale * ((nibble(block, at + low, i) | high) - centre)
        // Adding 0 would make 0 of -0.
        out[to + i] = minimum ? f32(value) + offset : value
      }
    },
  }
}

const Q8_0: BlockFormat = {
  name: 'Q8_0',
  weights: 32,
  bytes: 34,
  unpack: (block, at, out, to) => {
    const scale = half(block, at)
    for (let i = 0; i < 32; i++) out[to + i] = scale * signed(block[at + 2 + i]!)
  },
}

/** Two bits of weight e of 256: four planes in each half of the block. */
const plane2 = (block: Uint8Array, at: number, e: number): number =>
  (block[at + (e >> 7) * 32 + (e & 31)]! >> (2 * ((e >> 5) & 3))) & 3
/** One bit of weight e of 256: eight planes. */
const plane1 = (block: Uint8Array, at: number, e: number): number => (block[at + (e & 31)]! >> (e >> 5)) & 1
/** Four bits of weight e of 256: two planes for each 64. */
const plane4 = (block: Uint8Array, at: number, e: number): number =>
  (block[at + (e >> 6) * 32 + (e & 31)]! >> (4 * ((e >> 5) & 1))) & 15

const Q2_K: BlockFormat = {
  name: 'Q2_K',
  weights: 256,
  bytes: 84,
  unpack: (block, at, out, to) => {
    const [scale, minimum] = [half(block, at + 80), half(block, at + 82)]
    for (let e = 0; e < 256; e++) {
      const byte = block[at + (e >> 4)]!
      out[to + e] = f32(f32(scale * (byte & 15)) * plane2(block, at + 16, e)) - f32(minimum * (byte >> 4))
    }
  },
}

const Q3_K: BlockFormat = {
  name: 'Q3_K',
  weights: 256,
  bytes: 110,
  unpack: (block, at, out, to) => {
    const scale = half(block, at + 108)
    const scales = at + 96
    for (let e = 0; e < 256; e++) {
      const group = e >> 4
      const low = (block[scales + (group & 7)]! >> (4 * (group >> 3))) & 15
      const high = (block[scales + 8 + (group & 3)]! >> (2 * (group >> 2))) & 3
      // The bit is set where nothing is to be taken off.
      const code = plane2(block, at + 32, e) - (plane1(block, at, e) === 1 ? 0 : 4)
      out[to + e] = f32(scale * ((low | (high << 4)) - 32)) * code
    }
  },
}

/** Scales and minimums of Q4_K and Q5_K: eight of each, six bits wide, in twelve bytes. */
function sixBits(block: Uint8Array, at: number, group: number): readonly [scale: number, minimum: number] {
  if (group < 4) return [block[at + group]! & 63, block[at + 4 + group]! & 63]
  const [low, d, m] = [block[at + 4 + group]!, block[at + group - 4]!, block[at + group]!]
  return [(low & 15) | ((d >> 2) & 0x30), (low >> 4) | ((m >> 2) & 0x30)]
}

function sized(name: string, bits: 4 | 5): BlockFormat {
  const codes = bits === 5 ? 48 : 16
  return {
    name,
    weights: 256,
    bytes: codes + 128,
    unpack: (block, at, out, to) => {
      const [scale, minimum] = [half(block, at), half(block, at + 2)]
      for (let group = 0; group < 8; group++) {
        const [s, m] = sixBits(block, at + 4, group)
        const [d, offset] = [f32(scale * s), f32(minimum * m)]
        for (let e = 32 * group; e < 32 * group + 32; e++) {
          const high = bits === 5 ? plane1(block, at + 16, e) << 4 : 0
          out[to + e] = f32(d * (plane4(block, at + codes, e) | high)) - offset
        }
      }
    },
  }
}

const Q6_K: BlockFormat = {
  name: 'Q6_K',
  weights: 256,
  bytes: 210,
  unpack: (block, at, out, to) => {
    const scale = half(block, at + 208)
    for (let e = 0; e < 256; e++) {
      const low = (block[at + (e >> 7) * 64 + (e & 63)]! >> (4 * ((e >> 6) & 1))) & 15
      out[to + e] = f32(scale * signed(block[at + 192 + (e >> 4)]!)) * ((low | (plane2(block, at + 128, e) << 4)) - 32)
    }
  },
}

/** By ggml's number of the type (enum ggml_type). */
export const BLOCK_FORMATS: Readonly<Record<number, BlockFormat>> = {
  2: simple('Q4_0', 4, false),
  3: simple('Q4_1', 4, true),
  6: simple('Q5_0', 5, false),
  7: simple('Q5_1', 5, true),
  8: Q8_0,
  10: Q2_K,
  11: Q3_K,
  12: sized('Q4_K', 4),
  13: sized('Q5_K', 5),
  14: Q6_K,
}

/** @param bytes whole blocks */
export function unpackBlocks(
  { weights, bytes: size, unpack }: BlockFormat,
  bytes: Uint8Array,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array((bytes.length / size) * weights)
  for (let at = 0, to = 0; at < bytes.length; at += size, to += weights) unpack(bytes, at, out, to)
  return out
}
