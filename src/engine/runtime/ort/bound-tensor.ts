import { PhotodoodleError } from '../../core/errors'
import type { ElementType } from '../../onnx/graph-builder'
import type { Ort, OrtTensor } from './ort'

/** Uint16Array: the bits of IEEE halves. */
export type HostData = Float32Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array

/** A tensor in ordinary memory; its dtype is its array's. A core Tensor is one. */
export interface HostTensor {
  readonly dims: readonly number[]
  readonly data: HostData
}

/**
 * A tensor kept where the provider works: one GPU buffer on WebGPU, ordinary memory on the CPU providers.
 * It is written, used as feed or as target of any number of runs, and freed by its owner.
 */
export interface BoundTensor {
  readonly dims: readonly number[]
  readonly dtype: ElementType
  /** what a session takes */
  readonly value: OrtTensor
  /** Replaces the content; `data` has as many elements as dims say. */
  write(data: HostData): void
  /** Copies the content to the host; waits for the runs that produce it. float32 only. */
  read(): Promise<Float32Array>
  /** Takes over a session's result (CPU providers, where outputs are not preallocated). */
  adopt(result: OrtTensor): void
  dispose(): void
}

export function elementType(data: HostData): Exclude<ElementType, 'bool'> {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Uint16Array) return 'float16'
  if (data instanceof Int32Array) return 'int32'
  return data instanceof BigInt64Array ? 'int64' : 'uint8'
}

export function hostTensor(ort: Ort, { dims, data }: HostTensor): OrtTensor {
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, dims)
  if (data instanceof Uint16Array) return new ort.Tensor('float16', data, dims)
  if (data instanceof Int32Array) return new ort.Tensor('int32', data, dims)
  return data instanceof BigInt64Array ? new ort.Tensor('int64', data, dims) : new ort.Tensor('uint8', data, dims)
}

/** Ordinary memory. */
export class HostBoundTensor implements BoundTensor {
  value: OrtTensor
  readonly dims: readonly number[]
  readonly dtype: ElementType

  constructor(
    private readonly ort: Ort,
    initial: HostTensor,
  ) {
    this.dims = initial.dims
    this.dtype = elementType(initial.data)
    this.value = hostTensor(ort, initial)
  }

  write(data: HostData): void {
    this.value = hostTensor(this.ort, { dims: this.dims, data })
  }

  read(): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(floats(this.value.data)))
  }

  adopt(result: OrtTensor): void {
    this.value = result
  }

  dispose(): void {
    this.value.dispose()
  }
}

/** @throws RuntimeFailed for anything but float32 */
export function floats(data: OrtTensor['data']): Float32Array {
  if (data instanceof Float32Array) return data
  throw new PhotodoodleError('RuntimeFailed', 'A float32 result was expected.', 'This is a defect; please report it.')
}
