import { readRows, toFloat32, type StoredTensor, type WeightStore } from '../formats/weight-store'
import type { LowRank } from './adapter'
import type { LoraFile } from './read-lora'

const WEIGHT = '.weight'

/**
 * A view of a transformer with a LoRA added into its weights, W + B A in float32, whole or row block by row block
 * alike. The low-rank matrices of one linear are held at a time. Tensors that the LoRA leaves alone pass as they are
 * stored.
 * @param store reference names; every linear of the LoRA is in it
 */
export function fuseLora(store: WeightStore, lora: LoraFile): WeightStore {
  const changed = new Set(lora.linears)
  const linearOf = (name: string): string | undefined => {
    const linear = name.endsWith(WEIGHT) ? name.slice(0, -WEIGHT.length) : ''
    return changed.has(linear) ? linear : undefined
  }
  let held: { readonly linear: string; readonly matrices: Promise<LowRank> } | undefined
  const matricesOf = (linear: string): Promise<LowRank> => {
    if (held?.linear !== linear) held = { linear, matrices: lora.read(linear) }
    return held.matrices
  }
  const fused = async (name: string, first: number, count: number): Promise<StoredTensor> => {
    const stored = await readRows(store, name, first, count)
    const linear = linearOf(name)
    if (linear === undefined) return stored
    const values = toFloat32(stored)
    addRows(values, await matricesOf(linear), first, count)
    return { dtype: 'F32', shape: stored.shape, bytes: new Uint8Array(values.buffer) }
  }
  return {
    names: () => store.names(),
    info: (name) => (linearOf(name) === undefined ? store.info(name) : { dtype: 'F32', shape: store.info(name).shape }),
    read: (name) => (linearOf(name) === undefined ? store.read(name) : fused(name, 0, store.info(name).shape[0]!)),
    readRows: fused,
    config: store.config,
  }
}

/**
 * values += B[first .. first + count) A, in place.
 * @param values [count, in] of a linear's rows
 */
function addRows(values: Float32Array, { a, b, rank }: LowRank, first: number, count: number): void {
  const width = values.length / count
  for (let row = 0; row < count; row++) {
    const target = values.subarray(row * width, (row + 1) * width)
    const factors = b.subarray((first + row) * rank, (first + row + 1) * rank)
    // Four ranks a pass: the row is loaded and stored a quarter as often. Fused linears are mostly zero in B: q's rows
    // have no part in k's.
    for (let r = 0; r < rank; r += 4) {
      const f0 = factors[r] ?? 0
      const f1 = factors[r + 1] ?? 0
      const f2 = factors[r + 2] ?? 0
      const f3 = factors[r + 3] ?? 0
      if (f0 === 0 && f1 === 0 && f2 === 0 && f3 === 0) continue
      const at = r * width
      // Past the last rank the factor is 0; any row will do.
      const at1 = r + 1 < rank ? at + width : at
      const at2 = r + 2 < rank ? at + 2 * width : at
      const at3 = r + 3 < rank ? at + 3 * width : at
      for (let k = 0; k < width; k++)
        target[k] = target[k]! + (f0 * a[at + k]! + f1 * a[at1 + k]! + f2 * a[at2 + k]! + f3 * a[at3 + k]!)
    }
  }
}
