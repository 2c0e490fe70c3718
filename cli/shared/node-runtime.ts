import * as ort from 'onnxruntime-node'
import { Runtime } from '../../src/engine/runtime/runtime'

/**
 * The engine's runtime on onnxruntime-node: its CPU provider, the fastest place to run without a GPU, or its WebGPU
 * provider, which
 * keeps tensors in host memory between runs.
 */
export function nodeRuntime(provider: 'cpu' | 'webgpu' = 'cpu'): Runtime {
  return new Runtime(ort, { provider })
}
