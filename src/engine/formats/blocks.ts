import { PhotodoodleError } from '../core/errors'
import { floatToHalf, halfToFloat } from '../core/float16'

/**
 * Symmetric 4- and 8-bit blocks: 32 consecutive weights of a row share one scale. The layout is that of
 * onnxruntime's com.microsoft MatMulNBits with its implied zero points (8 and 128), so that the bytes go to the GPU as
 * they are.
 *
 *   weight [N, K], K a multiple of 32, blocks = N * K / 32, in row order
 *   Q4  bytes [N, K/32, 16], element 2i in the low nibble of byte i, w = (q - 8) * scale,   q in 0..15
 *   Q8  bytes [N, K/32, 32],                                         w = (q - 128) * scale, q in 0..255
 *   scales [N * K/32], float32 values that a half holds exactly, so that a manifest can store them as F16
 */
export const BLOCK = 32

/** @throws ShapeMismatch unless shape is [N, K] with K a multiple of 32 */
export function bytesOfBlocks(dtype: 'Q4' | 'Q8', shape: readonly number[]): number {
  const [n, k] = shape
  if (shape.length !== 2 || n === undefined || k === undefined || k % BLOCK !== 0) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `A tensor [${shape.join(', ')}] cannot be stored as ${dtype}.`,
      'Only [N, K] with K a multiple of 32 can; store it as f16.',
    )
  }
  return dtype === 'Q4' ? (n * k) / 2 : n * k
}

export interface Quantized {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scales: Float32Array<ArrayBuffer>
}

/**
 * Scale of one block. The extreme value (of either sign) is put on the code -levels, which the other sign lacks:
 * one more level than max|w| / (levels - 1) would use. Made a half before the codes are chosen.
 */
export function blockScale(weight: Float32Array, start: number, levels: number): number {
  let extreme = 0
  for (let i = start; i < start + BLOCK; i++) if (Math.abs(weight[i]!) > Math.abs(extreme)) extreme = weight[i]!
  const exact = extreme / -levels
  const half = floatToHalf(exact)
  // Away from zero: among the tiny subnormal halves a scale rounded down would clip the block's largest weights. + 0
  // turns -0 into 0.
  return halfToFloat(Math.abs(halfToFloat(half)) < Math.abs(exact) ? half + 1 : half) + 0
}

function codeOf(value: number, scale: number, levels: number): number {
  const code = scale === 0 ? 0 : Math.round(value / scale)
  return Math.max(-levels, Math.min(levels - 1, code)) + levels
}

/** @throws ShapeMismatch unless the weights fill whole blocks with values that a half can hold */
export function checkWeight(weight: Float32Array): void {
  if (weight.length % BLOCK !== 0)
    throw new PhotodoodleError(
      'ShapeMismatch',
      `${weight.length} weights do not fill blocks of ${BLOCK}.`,
      'Store this tensor as f16.',
    )
  for (const value of weight) {
    // A scale beyond the largest half would be infinite.
    if (!(Math.abs(value) <= 65504))
      throw new PhotodoodleError(
        'ShapeMismatch',
        `A weight of ${value} cannot be quantised.`,
        'Check the source file, or convert with --dtype f32.',
      )
  }
}

/** @param weight [N, K] row-major, finite */
export function quantizeQ4(weight: Float32Array): Quantized {
  checkWeight(weight)
  const scales = new Float32Array(weight.length / BLOCK)
  const bytes = new Uint8Array(weight.length / 2)
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK
    const scale = (scales[block] = blockScale(weight, start, 8))
    for (let i = start; i < start + BLOCK; i += 2) {
      bytes[i / 2] = codeOf(weight[i]!, scale, 8) | (codeOf(weight[i + 1]!, scale, 8) << 4)
    }
  }
  return { bytes, scales }
}

/** @param weight [N, K] row-major, finite */
export function quantizeQ8(weight: Float32Array): Quantized {
  checkWeight(weight)
  const scales = new Float32Array(weight.length / BLOCK)
  const bytes = new Uint8Array(weight.length)
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK
    const scale = (scales[block] = blockScale(weight, start, 128))
    for (let i = start; i < start + BLOCK; i++) bytes[i] = codeOf(weight[i]!, scale, 128)
  }
  return { bytes, scales }
}

/** @param scales [bytes.length / 16]; @returns [N * K] */
export function dequantizeQ4(bytes: Uint8Array, scales: Float32Array): Float32Array<ArrayBuffer> {
  const weight = new Float32Array(bytes.length * 2)
  for (let i = 0; i < bytes.length; i++) {
    const scale = scales[i >> 4]!
    const pair = bytes[i]!
    weight[2 * i] = ((pair & 15) - 8) * scale
    weight[2 * i + 1] = ((pair >> 4) - 8) * scale
  }
  return weight
}

/** @param scales [bytes.length / 32]; @returns [N * K] */
export function dequantizeQ8(bytes: Uint8Array, scales: Float32Array): Float32Array<ArrayBuffer> {
  const weight = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) weight[i] = (bytes[i]! - 128) * scales[i >> 5]!
  return weight
}
