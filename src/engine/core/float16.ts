/**
 * Conversions between float32 and the two 16-bit float formats weights are stored in. All are exact or round to nearest
 * even.
 */

const scratchFloat = new Float32Array(1)
const scratchBits = new Uint32Array(scratchFloat.buffer)

/** float32 bits of an IEEE half; subnormals, infinities and NaN included. */
function halfToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16
  const magnitude = half & 0x7fff
  if (magnitude >= 0x7c00) return sign | 0x7f800000 | ((magnitude & 0x3ff) << 13)
  if (magnitude >= 0x0400) return sign | ((magnitude << 13) + (112 << 23))
  scratchFloat[0] = magnitude * 2 ** -24
  return sign | scratchBits[0]!
}

function floatBitsToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x47800000) return sign | 0x7c00
  if (magnitude >= 0x38800000) {
    // Rebias, then round the 13 dropped bits to nearest even; a carry into the exponent (or to infinity) is right as it
    // is.
    const rebased = magnitude - (112 << 23)
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13)
  }
  // Below the smallest normal half: the value in units of 2^-24, rounded by the float32 adder.
  scratchBits[0] = magnitude
  scratchFloat[0] = scratchFloat[0]! + 0.5
  return sign | (scratchBits[0] - 0x3f000000)
}

/** Value of one IEEE half given as its 16 bits. */
export function halfToFloat(half: number): number {
  scratchBits[0] = halfToFloatBits(half)
  return scratchFloat[0]!
}

/** The 16 bits of the IEEE half nearest to a value (first rounded to float32); beyond 65504 it becomes infinity. */
export function floatToHalf(value: number): number {
  scratchFloat[0] = value
  return floatBitsToHalf(scratchBits[0]!)
}

/** @returns a new array of the same length */
export function halvesToFloats(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) bits[i] = halfToFloatBits(halves[i]!)
  return new Float32Array(bits.buffer)
}

/** @returns a new array of the same length */
export function floatsToHalves(floats: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length)
  const halves = new Uint16Array(floats.length)
  for (let i = 0; i < halves.length; i++) halves[i] = floatBitsToHalf(bits[i]!)
  return halves
}

/** bfloat16 is the upper half of a float32, so this is exact. */
export function bfloatsToFloats(bfloats: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(bfloats.length)
  for (let i = 0; i < bfloats.length; i++) bits[i] = bfloats[i]! << 16
  return new Float32Array(bits.buffer)
}
