import { sizeOf } from '../../src/engine/core/tensor'
import { BLOCK, dequantizeQ4, dequantizeQ8, quantizeQ4, quantizeQ8 } from '../../src/engine/formats/blocks'
import { searchQ4 } from '../../src/engine/formats/search-q4'
import { readTensor, type WeightStore } from '../../src/engine/formats/weight-store'

/** Ways to store a weight in blocks of 32, each giving back what would be read. */
const METHODS = {
  /** Textbook: largest magnitude on code 7. */
  nearest: roundToNearest,
  /** Largest magnitude on code -8, its sign in the scale: one more level. */
  signed: (weight: Float32Array) => restored4(quantizeQ4(weight)),
  /** What `convert` writes. */
  searched: (weight: Float32Array) => restored4(searchQ4(weight)),
  '8-bit': (weight: Float32Array) => {
    const { bytes, scales } = quantizeQ8(weight)
    return dequantizeQ8(bytes, scales)
  },
} as const

type Method = keyof typeof METHODS
const METHOD_NAMES = Object.keys(METHODS) as Method[]

interface ErrorRow {
  readonly group: string
  readonly weights: number
  /** ||stored - weight|| / ||weight|| over all of the group's matrices. */
  readonly errors: Readonly<Record<Method, number>>
}

/** Kinds of matrices of a FLUX transformer, first match wins. */
const GROUPS: readonly (readonly [group: string, pattern: RegExp])[] = [
  ['modulation', /(_mod|modulation)\.lin\.weight$/],
  ['embedders, final layer', /^(img_in|txt_in|time_in|vector_in|guidance_in|final_layer)\./],
  ['attention', /attn\.(qkv|proj)\.weight$/],
  ['feed-forward', /_mlp\.[02]\.weight$/],
  ['single blocks', /linear[12]\.weight$/],
]

/**
 * The error of each way to quantise, on the matrices of a file; the groups, then all together. Gains on random weights
 * mean
 * nothing: give trained ones.
 */
export async function quantiserErrors(store: WeightStore): Promise<ErrorRow[]> {
  const groups = new Map<string, Sums>()
  const all = new Sums()
  for (const name of store.names()) {
    const { shape } = store.info(name)
    if (shape.length !== 2 || shape[1]! % BLOCK !== 0) continue
    const { data } = await readTensor(store, name)
    const group = GROUPS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other'
    const sums = groups.get(group) ?? new Sums()
    groups.set(group, sums)
    const energy = data.reduce((sum, value) => sum + value * value, 0)
    for (const sum of [sums, all]) sum.add(sizeOf(shape), energy)
    for (const method of METHOD_NAMES) {
      const error = squaredError(METHODS[method](data), data)
      for (const sum of [sums, all]) sum.errors[method] += error
    }
  }
  return [...[...groups].map(([group, sums]) => sums.row(group)), all.row('all')]
}

class Sums {
  readonly errors: Record<Method, number> = { nearest: 0, signed: 0, searched: 0, '8-bit': 0 }
  private weights = 0
  private energy = 0

  add(weights: number, energy: number): void {
    this.weights += weights
    this.energy += energy
  }

  row(group: string): ErrorRow {
    const relative = (method: Method): number => (this.energy === 0 ? 0 : Math.sqrt(this.errors[method] / this.energy))
    return {
      group,
      weights: this.weights,
      errors: {
        nearest: relative('nearest'),
        signed: relative('signed'),
        searched: relative('searched'),
        '8-bit': relative('8-bit'),
      },
    }
  }
}

export function formatReport(rows: readonly ErrorRow[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(['matrices', 'weights', ...METHOD_NAMES]),
    line(['---', '---', ...METHOD_NAMES.map(() => '---')]),
    ...rows.map(({ group, weights, errors }) =>
      line([group, weights.toLocaleString('en'), ...METHOD_NAMES.map((method) => errors[method].toFixed(5))]),
    ),
  ].join('\n')
}

function restored4({ bytes, scales }: { bytes: Uint8Array; scales: Float32Array }): Float32Array {
  return dequantizeQ4(bytes, scales)
}

function roundToNearest(weight: Float32Array): Float32Array {
  const out = new Float32Array(weight.length)
  for (let start = 0; start < weight.length; start += BLOCK) {
    let largest = 0
    for (let i = start; i < start + BLOCK; i++) largest = Math.max(largest, Math.abs(weight[i]!))
    const scale = largest / 7
    for (let i = start; i < start + BLOCK; i++) out[i] = scale === 0 ? 0 : Math.round(weight[i]! / scale) * scale
  }
  return out
}

function squaredError(actual: Float32Array, expected: Float32Array): number {
  let sum = 0
  for (let i = 0; i < expected.length; i++) sum += (actual[i]! - expected[i]!) ** 2
  return sum
}
