import * as ort from 'onnxruntime-node'
import { Runtime } from '../src/engine/runtime/runtime'

/** The engine's runtime on onnxruntime-node's CPU provider, the fastest place to run without a GPU. */
export function nodeRuntime(): Promise<Runtime> {
  return Runtime.create(ort, { provider: 'cpu' })
}
