/**
 * The two 8-bit float formats of FLUX checkpoints and LoRA files, as PyTorch's float8_e4m3fn and float8_e5m2 define
 * them.
 */
type Float8 = 'F8_E4M3' | 'F8_E5M2'

/** Bias 7, three bits of mantissa, no infinities: all ones is NaN, 448 the largest value. */
function e4m3(code: number): number {
  const sign = code & 0x80 ? -1 : 1
  const exponent = (code >> 3) & 15
  const mantissa = code & 7
  if (exponent === 15 && mantissa === 7) return Number.NaN
  return sign * (exponent === 0 ? mantissa * 2 ** -9 : (8 + mantissa) * 2 ** (exponent - 10))
}

/** The upper half of an IEEE half: bias 15, two bits of mantissa, infinities. */
function e5m2(code: number): number {
  const sign = code & 0x80 ? -1 : 1
  const exponent = (code >> 2) & 31
  const mantissa = code & 3
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? mantissa * 2 ** -16 : (4 + mantissa) * 2 ** (exponent - 17))
}

const VALUES: Readonly<Record<Float8, Float32Array>> = {
  F8_E4M3: Float32Array.from({ length: 256 }, (_, code) => e4m3(code)),
  F8_E5M2: Float32Array.from({ length: 256 }, (_, code) => e5m2(code)),
}

/** @returns a new array of the same length; exact */
export function float8sToFloats(codes: Uint8Array, kind: Float8): Float32Array<ArrayBuffer> {
  const values = VALUES[kind]
  const floats = new Float32Array(codes.length)
  for (let i = 0; i < codes.length; i++) floats[i] = values[codes[i]!]!
  return floats
}
