import type { Env, InferenceSessionFactory, Tensor, TensorConstructor, TensorFactory } from 'onnxruntime-common'

/**
 * What the engine needs of onnxruntime. The caller injects it: `onnxruntime-web` (webgpu, jspi or wasm build) in a
 * worker,
 * `onnxruntime-node` in the CLI and in tests. Both speak onnxruntime-common.
 */
export interface Ort {
  readonly InferenceSession: InferenceSessionFactory
  readonly Tensor: TensorConstructor & TensorFactory
  readonly env: Env
}

export type OrtTensor = Tensor
export type { InferenceSession as OrtSession } from 'onnxruntime-common'
