import { gaussian } from '../../core/random'
import { tensor } from '../../core/tensor'
import { GraphBuilder } from '../../onnx/graph-builder'
import type { Runtime } from '../../runtime/runtime'

/** A matrix product [rows, inner] x [inner, columns], the second one constant. */
interface ProductSize {
  readonly rows: number
  readonly inner: number
  readonly columns: number
}

/** A linear of nano's drawing over 128 tokens, and one that is large enough for any provider. */
export const PRODUCTS: readonly ProductSize[] = [
  { rows: 128, inner: 192, columns: 768 },
  { rows: 1024, inner: 1024, columns: 1024 },
]

export const sizeName = ({ rows, inner, columns }: ProductSize): string => `${rows} x ${inner} x ${columns}`

export const productFlop = ({ rows, inner, columns }: ProductSize): number => 2 * rows * inner * columns

/** Bytes that one call of {@link openCopy} copies. */
export const COPIED_BYTES = 64 * 2 ** 20

interface Limit {
  readonly run: () => Promise<unknown>
  readonly close: () => Promise<void>
}

/** The provider's own best float32 product: weights inside the graph, which it may reorder. */
export async function openProduct(runtime: Runtime, { rows, inner, columns }: ProductSize): Promise<Limit> {
  const g = new GraphBuilder('product')
  const product = g.node('MatMul', [g.input('x', [rows, inner]), g.weight('w', [inner, columns])])
  // One row of sums, so that reading the result back takes no time.
  g.output('y', g.node('ReduceMax', [product, g.ints(0)], { keepdims: 0 }), [columns])
  const weights = gaussian(1, inner * columns)
  const session = await runtime.createSession(g.build(), () => new Uint8Array(weights.buffer))
  const x = tensor([rows, inner], gaussian(2, rows * inner))
  return { run: () => session.run({ x }), close: () => session.release() }
}

/** Copies bytes to where the provider works: a GPU's buffer, or other memory of the processor's. */
export function openCopy(runtime: Runtime): Limit {
  const source = new Float32Array(COPIED_BYTES / 4).fill(1)
  if (!runtime.usesGpuBuffers) {
    const target = new Float32Array(source.length)
    return { run: () => Promise.resolve(target.set(source)), close: () => Promise.resolve() }
  }
  const target = runtime.allocate([source.length], 'copy')
  return {
    run: async () => {
      target.write(source)
      await runtime.settled()
    },
    close: () => Promise.resolve(target.dispose()),
  }
}
