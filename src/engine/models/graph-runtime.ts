import { PhotodoodleError } from '../core/errors'
import type { Tensor } from '../core/tensor'
import { toFloat32, type WeightStore } from '../formats/weight-store'
import type { Graph, WeightInfo } from '../onnx/graph-builder'

/**
 * What a model needs to run its graphs. `runtime/Runtime` is one; models see only this, so that they stay below it.
 */
export interface GraphRuntime {
  createSession(graph: Graph, weightBytes?: (weight: WeightInfo) => Uint8Array): Promise<GraphSession>
}

/** What a model that comes as a finished ONNX file needs; `runtime/Runtime` is one. */
export interface ModelRuntime {
  /** @param name for messages @throws RuntimeFailed */
  openModel(name: string, bytes: Uint8Array): Promise<GraphSession>
}

/** A host tensor of the dtype of its array; a {@link Tensor} is one. */
export interface HostFeed {
  readonly dims: readonly number[]
  readonly data: Float32Array | Int32Array
}

export interface GraphSession {
  /** One host tensor per graph input in, float32 tensors by output name out. */
  run(feeds: Readonly<Record<string, HostFeed>>): Promise<Record<string, Tensor>>
  release(): Promise<void>
}

/**
 * Opens a graph whose weights are float32 initialisers, taken from the store under the graph's own weight names and
 * dequantised where needed.
 * @throws MissingWeight, ShapeMismatch when the store's shape is not the one the graph asks for, RuntimeFailed
 */
export async function openGraph(runtime: GraphRuntime, graph: Graph, store: WeightStore): Promise<GraphSession> {
  checkShapes(graph, store)
  const bytes = new Map<string, Uint8Array>()
  for (const { name } of graph.weights) bytes.set(name, new Uint8Array(toFloat32(await store.read(name)).buffer))
  // openGraph read every weight the graph names, so the lookup cannot miss.
  return runtime.createSession(graph, (weight) => bytes.get(weight.name)!)
}

/** @throws MissingWeight, ShapeMismatch unless the store has every weight of the graph in its shape */
export function checkShapes(graph: Graph, store: WeightStore): void {
  for (const { name, dims } of graph.weights) {
    const { shape } = store.info(name)
    if (shape.join() !== dims.join()) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `${name} has shape [${shape.join(', ')}] where the ${graph.name} graph needs [${dims.join(', ')}].`,
        'Check that the weights belong to this model.',
      )
    }
  }
}

/** The output of a one-output graph. */
export async function runSingle(
  session: GraphSession,
  feeds: Readonly<Record<string, HostFeed>>,
  output: string,
): Promise<Tensor> {
  const result = (await session.run(feeds))[output]
  if (!result)
    throw new PhotodoodleError('RuntimeFailed', `A graph gave no ${output}.`, 'This is a defect; please report it.')
  return result
}
