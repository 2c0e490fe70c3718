import type { GraphBuilder, Value } from '../onnx/graph-builder'

/** How a linear's weight reaches the graph: as floats, or 32-wide blocks of 4 or 8 bits for MatMulNBits. */
export type LinearFormat = 'dense' | 'Q4' | 'Q8'

/** A linear layer y = x W^T + b; weight [outputs, inputs]. */
export interface LinearShape {
  readonly inputs: number
  readonly outputs: number
  readonly bias: boolean
}

/** Name of the scales that go with a quantised weight. */
export const scalesName = (weight: string): string => `${weight}.scales`

const BLOCK = 32
const BLOCK_BYTES = { Q4: 16, Q8: 32 } as const
const BITS = { Q4: 4, Q8: 8 } as const

/**
 * y = x W^T + b with the weights NAME.weight and NAME.bias. Bias, scales and dense weights take the dtype of x.
 * @param name in the graph
 * @param x [rows, inputs], float32 or float16
 * @param biasScale what the bias is multiplied with, for an x that was scaled
 * @returns [rows, outputs], of the dtype of x
 */
export function linear(
  g: GraphBuilder,
  name: string,
  format: LinearFormat,
  x: Value,
  { inputs, outputs, bias: biased }: LinearShape,
  biasScale = 1,
): Value {
  const weight = `${name}.weight`
  const dtype = x.dtype === 'float16' ? 'float16' : 'float32'
  const plain = biased ? g.weight(`${name}.bias`, [outputs], dtype) : undefined
  const bias = plain && biasScale !== 1 ? g.node('Mul', [plain, g.scalar(biasScale, dtype)]) : plain
  if (format === 'dense') return g.node('Gemm', [x, g.weight(weight, [outputs, inputs], dtype), bias], { transB: 1 })
  const blocks = g.weight(weight, [outputs, inputs / BLOCK, BLOCK_BYTES[format]], 'uint8')
  const scales = g.weight(scalesName(weight), [(outputs * inputs) / BLOCK], dtype)
  return g.node('com.microsoft.MatMulNBits', [x, blocks, scales, undefined, undefined, bias], {
    K: inputs,
    N: outputs,
    bits: BITS[format],
    block_size: BLOCK,
  })
}
