import { maxAbsDifference, tensor } from '../../core/tensor'
import { gaussian } from '../../core/random'
import type { AttentionKind } from '../../models/transformer/scope'
import { GraphBuilder } from '../../onnx/graph-builder'
import type { Runtime } from '../runtime'
import { oncePerRuntime } from './once-per-runtime'

export interface AttentionVerdict {
  readonly attention: AttentionKind
  /** One sentence for the diagnostics. */
  readonly reason: string
}

// Longer than one tile of the kernel and not a multiple of it; two heads of a usual size.
const TOKENS = 70
const HEADS = 2
const HEAD = 64
const TOLERANCE = 1e-3

/**
 * Runs a small known MultiHeadAttention on the user's own device: the fused kernel was seen to be silently wrong
 * (relative
 * error near 1) on GPUs whose subgroups are 4 wide. Done once for a runtime.
 */
export const selfTestAttention = oncePerRuntime(judge)

async function judge(runtime: Runtime): Promise<AttentionVerdict> {
  try {
    const error = await fusedError(runtime)
    if (error <= TOLERANCE)
      return {
        attention: 'fused',
        reason: `The fused attention kernel is right on this device (largest error ${error.toExponential(1)}).`,
      }
    return {
      attention: 'primitive',
      reason:
        'The fused attention kernel is wrong on this device (error ' +
        `${error.toExponential(1)}); attention runs from simple operators.`,
    }
  } catch (error) {
    return {
      attention: 'primitive',
      reason:
        'The fused attention kernel does not run on this device ' +
        `(${error instanceof Error ? error.message : String(error)}); attention runs ` +
        'from simple operators.',
    }
  }
}

async function fusedError(runtime: Runtime): Promise<number> {
  const dims = [1, TOKENS, HEADS * HEAD]
  const g = new GraphBuilder('attention_selftest')
  const inputs = ['q', 'k', 'v'].map((name) => g.input(name, dims))
  g.output('y', g.node('com.microsoft.MultiHeadAttention', inputs, { num_heads: HEADS }), dims)
  const session = await runtime.createSession(g.build())
  try {
    const [q, k, v] = [1, 2, 3].map((seed) => gaussian(seed, TOKENS * HEADS * HEAD)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    const { y } = await session.run({ q: tensor(dims, q), k: tensor(dims, k), v: tensor(dims, v) })
    return y ? maxAbsDifference(y.data, referenceAttention(q, k, v)) : Number.POSITIVE_INFINITY
  } finally {
    await session.release()
  }
}

/** softmax(q k^T / sqrt(head)) v for [TOKENS, HEADS * HEAD] */
function referenceAttention(q: Float32Array, k: Float32Array, v: Float32Array): Float32Array {
  const width = HEADS * HEAD
  const out = new Float32Array(TOKENS * width)
  for (let head = 0; head < HEADS; head++) {
    for (let i = 0; i < TOKENS; i++) {
      const at = (token: number, d: number): number => token * width + head * HEAD + d
      const scores = Array.from({ length: TOKENS }, (_, j) => {
        let dot = 0
        for (let d = 0; d < HEAD; d++) dot += q[at(i, d)]! * k[at(j, d)]!
        return dot / Math.sqrt(HEAD)
      })
      const top = Math.max(...scores)
      const weights = scores.map((score) => Math.exp(score - top))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (let d = 0; d < HEAD; d++)
        out[at(i, d)] = weights.reduce((sum, weight, j) => sum + weight * v[at(j, d)]!, 0) / total
    }
  }
  return out
}
