import { PhotodoodleError } from '../../core/errors'
import { floatsToHalves } from '../../core/float16'
import type { StoredTensor, WeightStore } from '../../formats/weight-store'
import { toFloat32 } from '../../formats/weight-store'
import type { LinearFormat } from '../../models/linear'
import { scalesName } from '../../models/linear'
import type { Graph, WeightInfo } from '../../onnx/graph-builder'
import type { HostData, HostTensor } from '../ort/bound-tensor'

/**
 * What becomes of weights stored in 4 or 8 bits: `keep` multiplies with them as they are (MatMulNBits), `dequantize`
 * makes float32 once.
 */
export type QuantizedWeights = 'keep' | 'dequantize'

const SCALES = scalesName('')

export function linearFormat(store: WeightStore, linear: string, quantized: QuantizedWeights): LinearFormat {
  const { dtype } = store.info(`${linear}.weight`)
  return quantized === 'keep' && (dtype === 'Q4' || dtype === 'Q8') ? dtype : 'dense'
}

/**
 * Reads the weights of a graph one after another, in the form the graph declares them.
 * @param prefix what their names lack to be the store's
 */
export async function* weightTensors(
  store: WeightStore,
  graph: Graph,
  prefix = '',
): AsyncGenerator<readonly [weight: WeightInfo, tensor: HostTensor]> {
  // A quantised weight and its scales follow one another and are read once.
  let last: { readonly name: string; readonly stored: StoredTensor } | undefined
  for (const weight of graph.weights) {
    const isScales = weight.name.endsWith(SCALES)
    const name = prefix + (isScales ? weight.name.slice(0, -SCALES.length) : weight.name)
    if (last?.name !== name) last = { name, stored: await store.read(name) }
    yield [
      weight,
      { dims: weight.dims, data: weightData(weight, isScales ? scalesOf(last.stored, name) : last.stored) },
    ]
  }
}

/**
 * Reads all weights of a graph that keeps them inside: what {@link Graph.encode} asks for. @throws MissingWeight,
 * BadShard
 */
export async function initializers(store: WeightStore, graph: Graph): Promise<(weight: WeightInfo) => Uint8Array> {
  const bytes = new Map<string, Uint8Array>()
  for await (const [{ name }, { data }] of weightTensors(store, graph))
    bytes.set(name, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  // Every weight that the graph names was read, so the look-up cannot miss.
  return ({ name }) => bytes.get(name)!
}

function weightData({ dtype }: WeightInfo, source: StoredTensor | Float32Array): HostData {
  if (!(source instanceof Float32Array) && dtype === 'uint8') return source.bytes
  const floats = source instanceof Float32Array ? source : toFloat32(source)
  return dtype === 'float16' ? floatsToHalves(floats) : floats
}

function scalesOf({ scales }: StoredTensor, name: string): Float32Array {
  if (!scales)
    throw new PhotodoodleError(
      'ShapeMismatch',
      `The quantised weight ${name} came without its scales.`,
      'Convert the model again.',
    )
  return scales
}
