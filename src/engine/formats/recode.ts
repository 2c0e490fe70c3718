import { PhotodoodleError } from '../core/errors'
import { floatsToHalves } from '../core/float16'
import { sizeOf } from '../core/tensor'
import { BLOCK, quantizeQ8 } from './blocks'
import { searchQ4 } from './search-q4'
import {
  readRows,
  toFloat32,
  type StoredDType,
  type StoredTensor,
  type TensorInfo,
  type WeightStore,
} from './weight-store'

export type WeightDType = 'F32' | 'F16' | 'Q4' | 'Q8'

/** What a tensor is to be stored as; Q4 and Q8 are wishes that {@link recodedDType} grants to matrices only. */
export type Precision = (name: string) => WeightDType

const FLOATS: readonly StoredDType[] = ['F32', 'F16', 'BF16', 'F64', 'F8_E4M3', 'F8_E5M2', 'Q4', 'Q8']
/** Smaller matrices are not worth their loss of precision. */
const MIN_QUANTIZED = 4096

/**
 * What a tensor becomes: with Q4 and Q8, matrices [N, K] of at least 4096 elements with K a multiple of 32 are
 * quantised and other floats become F16. Integers stay as they are.
 */
function recodedDType({ dtype, shape }: TensorInfo, target: WeightDType): StoredDType {
  if (!FLOATS.includes(dtype)) return dtype
  if (target === 'F32' || target === 'F16') return target
  return shape.length === 2 && shape[1]! % BLOCK === 0 && sizeOf(shape) >= MIN_QUANTIZED ? target : 'F16'
}

/**
 * A view of a store with its floats in another dtype; each tensor, or each block of its rows, is converted when read.
 * Whole or in rows, the bytes are the same: blocks lie inside rows.
 * @param target one for all tensors, or one for each
 * @throws UnsupportedDType when reading a value that the dtype cannot hold
 */
export function recode(store: WeightStore, target: WeightDType | Precision): WeightStore {
  const infoOf = (name: string): TensorInfo => {
    const info = store.info(name)
    return { dtype: recodedDType(info, typeof target === 'string' ? target : target(name)), shape: info.shape }
  }
  const converted = (name: string, stored: StoredTensor): StoredTensor => {
    const { dtype } = infoOf(name)
    return dtype === stored.dtype ? stored : encode(name, stored, dtype)
  }
  return {
    names: () => store.names(),
    info: infoOf,
    read: async (name) => converted(name, await store.read(name)),
    readRows: async (name, first, count) => converted(name, await readRows(store, name, first, count)),
    config: store.config,
  }
}

function encode(name: string, stored: StoredTensor, dtype: StoredDType): StoredTensor {
  const { shape } = stored
  const values = toFloat32(stored)
  if (dtype === 'F32') return { dtype, shape, bytes: new Uint8Array(values.buffer) }
  const unfit = values.find((value) => !(Math.abs(value) <= 65504))
  if (unfit !== undefined)
    throw new PhotodoodleError(
      'UnsupportedDType',
      `Tensor ${name} holds ${unfit}, which ${dtype} cannot.`,
      'Convert with --dtype f32, or check the source file.',
    )
  if (dtype === 'Q4') return { dtype, shape, ...searchQ4(values) }
  if (dtype === 'Q8') return { dtype, shape, ...quantizeQ8(values) }
  return { dtype: 'F16', shape, bytes: new Uint8Array(floatsToHalves(values).buffer) }
}
