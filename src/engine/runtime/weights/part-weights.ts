import type { WeightStore } from '../../formats/weight-store'
import { byteLengthOf, type Graph } from '../../onnx/graph-builder'
import type { BoundTensor } from '../ort/bound-tensor'
import type { Runtime } from '../runtime'
import { weightTensors } from './weight-tensors'

/** A graph that takes its weights as inputs, and what their names lack to be the store's. */
export interface WeightedPart {
  readonly graph: Graph
  readonly prefix: string
}

/** Weights of one part where the provider works, by the graph's names. */
export type PartWeights = Readonly<Record<string, BoundTensor>>

/** Bytes of a part's weights once they are where the provider works. */
export function weightBytes({ graph }: WeightedPart): number {
  return graph.weights.reduce((sum, { dtype, dims }) => sum + byteLengthOf(dtype, dims), 0)
}

/**
 * Reads a part's weights to where the provider works; when one cannot be read, those before it are freed.
 * @throws MissingWeight, BadShard, TruncatedFile, FileChanged, OutOfMemory
 */
export async function uploadWeights(
  runtime: Runtime,
  store: WeightStore,
  { graph, prefix }: WeightedPart,
): Promise<PartWeights> {
  const weights: Record<string, BoundTensor> = {}
  try {
    for await (const [{ name }, weight] of weightTensors(store, graph, prefix))
      weights[name] = runtime.upload(weight, prefix + name)
  } catch (error) {
    disposeAll(weights)
    throw error
  }
  return weights
}

export function disposeAll(tensors: PartWeights): void {
  for (const tensor of Object.values(tensors)) tensor.dispose()
}
