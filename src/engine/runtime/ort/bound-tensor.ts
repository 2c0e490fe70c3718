import { PhotodoodleError } from '../../core/errors'
import { sizeOf } from '../../core/tensor'
import type { ElementType, FloatType } from '../../onnx/graph-builder'
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
  /** Undefined: zeros that nobody has asked for. Most are replaced by a run's results first. */
  private held: OrtTensor | undefined

  private constructor(
    private readonly ort: Ort,
    readonly dims: readonly number[],
    readonly dtype: ElementType,
  ) {}

  static of(ort: Ort, initial: HostTensor): HostBoundTensor {
    const bound = new HostBoundTensor(ort, initial.dims, elementType(initial.data))
    bound.held = hostTensor(ort, initial)
    return bound
  }

  static zeros(ort: Ort, dims: readonly number[], dtype: FloatType): HostBoundTensor {
    return new HostBoundTensor(ort, dims, dtype)
  }

  get value(): OrtTensor {
    if (this.held !== undefined) return this.held
    const size = sizeOf(this.dims)
    const data = this.dtype === 'float16' ? new Uint16Array(size) : new Float32Array(size)
    return (this.held = hostTensor(this.ort, { dims: this.dims, data }))
  }

  write(data: HostData): void {
    this.held = hostTensor(this.ort, { dims: this.dims, data })
  }

  read(): Promise<Float32Array> {
    return Promise.resolve(floats(this.value.data).slice())
  }

  adopt(result: OrtTensor): void {
    this.held = result
  }

  dispose(): void {
    this.held?.dispose()
  }
}

/** @throws RuntimeFailed for anything but float32 */
export function floats(data: OrtTensor['data']): Float32Array {
  if (data instanceof Float32Array) return data
  throw new PhotodoodleError('RuntimeFailed', 'A float32 result was expected.', 'This is a defect; please report it.')
}
