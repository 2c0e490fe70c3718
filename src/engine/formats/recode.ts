import { PhotodoodleError } from '../core/errors'
import { floatsToHalves } from '../core/float16'
import { sizeOf } from '../core/tensor'
import { BLOCK, quantizeQ4, quantizeQ8 } from './blocks'
import { toFloat32, type StoredDType, type StoredTensor, type TensorInfo, type WeightStore } from './weight-store'

export type WeightDType = 'F32' | 'F16' | 'Q4' | 'Q8'

const FLOATS: readonly StoredDType[] = ['F32', 'F16', 'BF16', 'F64', 'Q4', 'Q8']
/** Smaller matrices are not worth their loss of precision. */
const MIN_QUANTIZED = 4096

/**
 * What a tensor becomes: with Q4 and Q8, matrices [N, K] of at least 4096 elements with K a multiple of 32 are
 * quantised and other floats become F16. Integers stay as they are.
 */
export function recodedDType({ dtype, shape }: TensorInfo, target: WeightDType): StoredDType {
  if (!FLOATS.includes(dtype)) return dtype
  if (target === 'F32' || target === 'F16') return target
  return shape.length === 2 && shape[1]! % BLOCK === 0 && sizeOf(shape) >= MIN_QUANTIZED ? target : 'F16'
}

/**
 * A view of a store with its floats in another dtype; each tensor is converted when read.
 * @throws UnsupportedDType when reading a value that the dtype cannot hold
 */
export function recode(store: WeightStore, target: WeightDType): WeightStore {
  return {
    names: () => store.names(),
    info: (name) => {
      const info = store.info(name)
      return { dtype: recodedDType(info, target), shape: info.shape }
    },
    read: async (name) => {
      const stored = await store.read(name)
      const dtype = recodedDType(stored, target)
      return dtype === stored.dtype ? stored : encode(name, stored, dtype)
    },
    config: store.config,
  }
}

function encode(name: string, stored: StoredTensor, dtype: StoredDType): StoredTensor {
  const { shape } = stored
  const values = toFloat32(stored)
  if (dtype === 'F32') return { dtype, shape, bytes: new Uint8Array(values.buffer) }
  const unfit = values.find((value) => !(Math.abs(value) <= 65504))
  if (unfit !== undefined) throw new PhotodoodleError('UnsupportedDType', `Tensor ${name} holds ${unfit}, which ${dtype} cannot.`, 'Convert with --dtype f32, or check the source file.')
  if (dtype === 'Q4') return { dtype, shape, ...quantizeQ4(values) }
  if (dtype === 'Q8') return { dtype, shape, ...quantizeQ8(values) }
  return { dtype: 'F16', shape, bytes: new Uint8Array(floatsToHalves(values).buffer) }
}
