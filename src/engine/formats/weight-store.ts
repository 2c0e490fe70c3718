import { bfloatsToFloats, halvesToFloats } from '../core/float16'
import { float8sToFloats } from '../core/float8'
import { PhotodoodleError } from '../core/errors'
import { sizeOf, type Tensor } from '../core/tensor'
import { BLOCK, bytesOfBlocks, dequantizeQ4, dequantizeQ8 } from './blocks'

/** How a tensor's bytes are stored. Q4 and Q8 are the 32-wide blocks of ./blocks. All little-endian. */
export type StoredDType =
  'F32' | 'F16' | 'BF16' | 'F64' | 'F8_E4M3' | 'F8_E5M2' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL' | 'Q4' | 'Q8'

export interface TensorInfo {
  readonly dtype: StoredDType
  /** Logical shape: a Q4 weight of [N, K] has shape [N, K]. */
  readonly shape: readonly number[]
}

export interface StoredTensor extends TensorInfo {
  /** Row-major, as stored; may share memory with the store, so do not write to it. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** [N * K / 32], Q4 and Q8 only. */
  readonly scales?: Float32Array<ArrayBuffer>
}

/** Named tensors in a file or folder, read one at a time. */
export interface WeightStore {
  names(): readonly string[]
  /** @throws MissingWeight */
  info(name: string): TensorInfo
  /** @throws MissingWeight, TruncatedFile, BadShard */
  read(name: string): Promise<StoredTensor>
  /**
   * Rows `first` to `first + count - 1` of the first axis, for tensors too large to hold; absent where only whole
   * tensors can be had.
   */
  readRows?(name: string, first: number, count: number): Promise<StoredTensor>
  /** What the file says about itself (a manifest's config, a safetensors file's metadata), unchecked. */
  readonly config?: unknown
}

const ELEMENT_BYTES: Record<Exclude<StoredDType, 'Q4' | 'Q8'>, number> = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
}

export function isStoredDType(value: unknown): value is StoredDType {
  return typeof value === 'string' && (value === 'Q4' || value === 'Q8' || Object.hasOwn(ELEMENT_BYTES, value))
}

/**
 * Bytes a tensor takes, without the scales of Q4 and Q8.
 * @throws ShapeMismatch for a Q4 or Q8 shape that is not [N, K] with K a multiple of 32
 */
export function storedBytes(info: TensorInfo): number {
  if (info.dtype === 'Q4' || info.dtype === 'Q8') return bytesOfBlocks(info.dtype, info.shape)
  return sizeOf(info.shape) * ELEMENT_BYTES[info.dtype]
}

export function missingWeight(name: string): PhotodoodleError {
  return new PhotodoodleError(
    'MissingWeight',
    `The weights have no tensor named ${name}.`,
    'Check that the file belongs to this model, or convert it again.',
  )
}

/** What is known of a tensor. @throws MissingWeight */
export function weightNamed<T>(known: ReadonlyMap<string, T>, name: string): T {
  const found = known.get(name)
  if (found === undefined) throw missingWeight(name)
  return found
}

/**
 * Some rows of a tensor, whatever its store can do: [count, ...] of its shape.
 * @throws ShapeMismatch when the tensor has no such rows; every error of reading
 */
export async function readRows(store: WeightStore, name: string, first: number, count: number): Promise<StoredTensor> {
  const { shape } = store.info(name)
  checkRows(name, shape, first, count)
  if (first === 0 && count === shape[0]) return store.read(name)
  return store.readRows === undefined
    ? sliceRows(await store.read(name), first, count)
    : store.readRows(name, first, count)
}

/** @throws ShapeMismatch */
export function checkRows(name: string, shape: readonly number[], first: number, count: number): void {
  const rows = shape[0] ?? 0
  if (!(first >= 0 && count > 0 && first + count <= rows))
    throw new PhotodoodleError(
      'ShapeMismatch',
      `${name} [${shape.join(', ')}] has no rows ${first} to ${first + count - 1}.`,
      'This is a defect; please report it.',
    )
}

/** Rows of a tensor that is in memory; the result shares it. */
function sliceRows(stored: StoredTensor, first: number, count: number): StoredTensor {
  const { dtype, shape, bytes, scales } = stored
  const rows = shape[0]!
  const cut = <T extends Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(values: T) =>
    values.subarray((first * values.length) / rows, ((first + count) * values.length) / rows) as T
  return { dtype, shape: [count, ...shape.slice(1)], bytes: cut(bytes), ...(scales && { scales: cut(scales) }) }
}

/**
 * The values as float32, in memory of their own; Q4 and Q8 are dequantised, F64 and large integers rounded.
 * @throws ShapeMismatch for Q4 or Q8 without their scales
 */
export function toFloat32(stored: StoredTensor): Float32Array<ArrayBuffer> {
  // Typed arrays want aligned memory; a tensor inside a larger buffer may not be.
  const buffer = (alignment: number): [ArrayBuffer, number, number] => {
    const bytes = stored.bytes.byteOffset % alignment === 0 ? stored.bytes : stored.bytes.slice()
    return [bytes.buffer, bytes.byteOffset, bytes.byteLength / alignment]
  }
  switch (stored.dtype) {
    case 'F32':
      return new Float32Array(...buffer(4)).slice()
    case 'F16':
      return halvesToFloats(new Uint16Array(...buffer(2)))
    case 'BF16':
      return bfloatsToFloats(new Uint16Array(...buffer(2)))
    case 'F8_E4M3':
    case 'F8_E5M2':
      return float8sToFloats(stored.bytes, stored.dtype)
    case 'F64':
      return Float32Array.from(new Float64Array(...buffer(8)))
    case 'I64':
      return Float32Array.from(new BigInt64Array(...buffer(8)), Number)
    case 'I32':
      return Float32Array.from(new Int32Array(...buffer(4)))
    case 'I16':
      return Float32Array.from(new Int16Array(...buffer(2)))
    case 'I8':
      return Float32Array.from(new Int8Array(...buffer(1)))
    case 'U8':
    case 'BOOL':
      return Float32Array.from(stored.bytes)
    case 'Q4':
    case 'Q8': {
      if (stored.scales?.length !== sizeOf(stored.shape) / BLOCK)
        throw new PhotodoodleError(
          'ShapeMismatch',
          `A ${stored.dtype} tensor came without its scales.`,
          'Convert the model again.',
        )
      return stored.dtype === 'Q4'
        ? dequantizeQ4(stored.bytes, stored.scales)
        : dequantizeQ8(stored.bytes, stored.scales)
    }
  }
}

/** @throws MissingWeight, TruncatedFile, BadShard */
export async function readTensor(
  store: WeightStore,
  name: string,
): Promise<Tensor & { readonly data: Float32Array<ArrayBuffer> }> {
  const stored = await store.read(name)
  return { dims: stored.shape, data: toFloat32(stored) }
}
