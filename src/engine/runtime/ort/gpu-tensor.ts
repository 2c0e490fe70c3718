import { PhotodoodleError } from '../../core/errors'
import type { ElementType } from '../../onnx/graph-builder'
import type { BoundTensor, HostData } from './bound-tensor'
import type { Ort, OrtTensor } from './ort'

type GpuElementType = Exclude<ElementType, 'bool'>

const ELEMENT_BYTES: Readonly<Record<GpuElementType, number>> = { float32: 4, float16: 2, int32: 4, int64: 8, uint8: 1 }

/** Buffers under 16 bytes failed validation inside onnxruntime, and WebGPU copies whole 4-byte words. */
const ALIGNMENT = 16

function paddedBytes(bytes: number): number {
  return Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT)
}

/** One GPUBuffer of its own: onnxruntime binds whole buffers, without offsets. */
export class GpuTensor implements BoundTensor {
  readonly value: OrtTensor
  private readonly buffer: GPUBuffer
  private readonly bytes: number
  private staging: GPUBuffer | undefined

  /** @throws OutOfMemory when the tensor cannot be bound on this device */
  constructor(
    ort: Ort,
    private readonly device: GPUDevice,
    readonly dims: readonly number[],
    readonly dtype: GpuElementType,
    private readonly label: string,
  ) {
    this.bytes = dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[dtype])
    const size = paddedBytes(this.bytes)
    const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize)
    if (size > limit) {
      throw new PhotodoodleError(
        'OutOfMemory',
        `${label} takes ${mebibytes(size)} MiB; this GPU binds at most ${mebibytes(limit)} MiB at once.`,
        'Choose a smaller picture or a smaller model.',
      )
    }
    this.buffer = device.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    })
    this.value = ort.Tensor.fromGpuBuffer(this.buffer, { dataType: dtype, dims })
  }

  write(data: HostData): void {
    if (data.byteLength !== this.bytes)
      throw new PhotodoodleError(
        'ShapeMismatch',
        `${this.label} [${this.dims.join(', ')}] holds ${this.bytes} bytes, got ${data.byteLength}.`,
        'This is a defect; please report it.',
      )
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    const words = bytes.length % 4 === 0 ? bytes : new Uint8Array(paddedBytes(bytes.length))
    if (words !== bytes) words.set(bytes)
    try {
      this.device.queue.writeBuffer(this.buffer, 0, words)
    } catch (cause) {
      throw this.lost('written', cause)
    }
  }

  async read(): Promise<Float32Array> {
    try {
      // Kept between reads: the preview is read at every step, and the denoise loop allocates nothing.
      this.staging ??= this.device.createBuffer({
        label: `${this.label} read-back`,
        size: this.buffer.size,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      })
      const commands = this.device.createCommandEncoder()
      commands.copyBufferToBuffer(this.buffer, 0, this.staging, 0, this.buffer.size)
      this.device.queue.submit([commands.finish()])
      await this.staging.mapAsync(GPUMapMode.READ)
    } catch (cause) {
      throw this.lost('read', cause)
    }
    const values = new Float32Array(this.staging.getMappedRange().slice(0, this.bytes))
    this.staging.unmap()
    return values
  }

  /** Whatever command fails: the device does nothing that can be trusted any more. */
  private lost(done: string, cause: unknown): PhotodoodleError {
    return new PhotodoodleError(
      'DeviceLost',
      `The GPU was lost while ${this.label} was ${done}.`,
      'Reload the page; if it happens again choose a smaller picture.',
      { cause },
    )
  }

  adopt(): void {
    throw new PhotodoodleError(
      'RuntimeFailed',
      `${this.label} is a preallocated GPU buffer.`,
      'This is a defect; please report it.',
    )
  }

  dispose(): void {
    this.value.dispose()
    this.buffer.destroy()
    this.staging?.destroy()
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
