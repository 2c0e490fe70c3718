import * as ort from 'onnxruntime-node'
import { Runtime } from '../src/engine/runtime/runtime'

/** The engine's runtime on onnxruntime-node's CPU provider, the fastest place to run without a GPU. */
export function nodeRuntime(): Runtime {
  return new Runtime(ort, { provider: 'cpu' })
}
