import { floatsToHalves } from '../../core/float16'
import { balanced, type Adapter, type LowRank } from '../../lora/adapter'
import type { LinearShape } from '../../models/linear'
import { loraNames } from '../../models/transformer/scope'
import type { FloatType } from '../../onnx/graph-builder'
import type { BoundTensor, HostData } from '../ort/bound-tensor'
import type { Runtime } from '../runtime'

/** What the slots need of a {@link Runtime}. */
export type Allocator = Pick<Runtime, 'usesGpuBuffers' | 'allocate' | 'upload'>

const BYTES = { float32: 4, float16: 2 } as const

interface Slot {
  readonly capacity: number
  readonly a: BoundTensor
  readonly b: BoundTensor
}

/**
 * The low-rank tensors of every adapted linear: A [rank, inputs] and B [outputs, rank], zero where no adapter is
 * active.
 * A style switch rewrites them and touches neither sessions nor weights. On the GPU a slot keeps the largest rank it
 * has had,
 * zero-padded; in host memory it has exactly the rank in use.
 *
 * In float16 the two are {@link balanced} first: a LoRA's B, small and with a small alpha folded in, would lie among a
 * half's subnormals.
 */
export class LowRankSlots {
  private readonly slots = new Map<string, Slot>()

  /** @param dtypeOf what a linear's tensors are kept as; default float32 */
  constructor(
    private readonly runtime: Allocator,
    private readonly linears: ReadonlyMap<string, LinearShape>,
    adapted: Iterable<string>,
    private readonly dtypeOf: (linear: string) => FloatType = () => 'float32',
  ) {
    for (const linear of adapted) this.slots.set(linear, this.slot(linear, 1))
  }

  /** Makes `adapter` (strength folded in) the active one. All its linears must have slots. */
  write(adapter: Adapter): void {
    for (const [linear, slot] of this.slots) {
      const layer = adapter.layers.get(linear)
      const stored = layer && this.dtypeOf(linear) === 'float16' ? balanced(layer) : layer
      this.slots.set(
        linear,
        this.runtime.usesGpuBuffers ? this.rewrite(linear, slot, stored) : this.replace(linear, slot, stored),
      )
    }
  }

  /** Bytes of all slots once `adapter` is the active one. */
  bytesWith(adapter: Adapter): number {
    let bytes = 0
    for (const [linear, { capacity }] of this.slots) {
      const { inputs, outputs } = this.linears.get(linear)!
      const rank = adapter.layers.get(linear)?.rank ?? 1
      bytes +=
        BYTES[this.dtypeOf(linear)] *
        (inputs + outputs) *
        (this.runtime.usesGpuBuffers ? Math.max(capacity, rank) : rank)
    }
    return bytes
  }

  /** Feeds of a graph whose names lack `prefix`. */
  feeds(prefix = ''): Record<string, BoundTensor> {
    const feeds: Record<string, BoundTensor> = {}
    for (const [linear, { a, b }] of this.slots) {
      if (!linear.startsWith(prefix)) continue
      const names = loraNames(linear.slice(prefix.length))
      feeds[names.a] = a
      feeds[names.b] = b
    }
    return feeds
  }

  dispose(): void {
    for (const slot of this.slots.values()) disposeSlot(slot)
    this.slots.clear()
  }

  /** GPU: same buffers, new content. */
  private rewrite(linear: string, slot: Slot, layer: LowRank | undefined): Slot {
    const { inputs, outputs } = this.linears.get(linear)!
    const rank = layer?.rank ?? 0
    let target = slot
    if (rank > slot.capacity) {
      disposeSlot(slot)
      target = this.slot(linear, rank)
    }
    const b = new Float32Array(outputs * target.capacity)
    if (layer) {
      const a = new Float32Array(target.capacity * inputs)
      a.set(layer.a)
      target.a.write(this.encode(linear, a))
      for (let row = 0; row < outputs; row++)
        b.set(layer.b.subarray(row * rank, (row + 1) * rank), row * target.capacity)
    }
    target.b.write(this.encode(linear, b))
    return target
  }

  /** Host memory: the adapter's own arrays. */
  private replace(linear: string, slot: Slot, layer: LowRank | undefined): Slot {
    const { inputs, outputs } = this.linears.get(linear)!
    disposeSlot(slot)
    if (!layer) return this.slot(linear, 1)
    const bind = (dims: readonly number[], data: Float32Array): BoundTensor =>
      this.runtime.upload({ dims, data: this.encode(linear, data) }, linear)
    return { capacity: layer.rank, a: bind([layer.rank, inputs], layer.a), b: bind([outputs, layer.rank], layer.b) }
  }

  /** Zeros; rank 1 at least, because onnxruntime has no matrices without columns. */
  private slot(linear: string, capacity: number): Slot {
    const { inputs, outputs } = this.linears.get(linear)!
    const { a, b } = loraNames(linear)
    const dtype = this.dtypeOf(linear)
    return {
      capacity,
      a: this.runtime.allocate([capacity, inputs], a, dtype),
      b: this.runtime.allocate([outputs, capacity], b, dtype),
    }
  }

  private encode(linear: string, values: Float32Array): HostData {
    return this.dtypeOf(linear) === 'float16' ? floatsToHalves(values) : values
  }
}

function disposeSlot({ a, b }: Slot): void {
  a.dispose()
  b.dispose()
}
