/**
 * What a PNG's chunks say about its colours (PNG, third edition, 4.3): cICP before iCCP before sRGB before gAMA with
 * cHRM. Browsers follow them; libvips and fast-png give the samples as stored, so what those decode is brought to sRGB
 * here. An iCCP profile is left to whoever decodes, since both do that.
 */
interface PngColour {
  /** Exponent that makes samples linear, or sRGB's own curve. */
  readonly transfer: number | 'srgb'
  /** CIE xy of red, green, blue and white; sRGB's where the file says none. */
  readonly primaries: Primaries
}

type Primaries = readonly [
  rx: number,
  ry: number,
  gx: number,
  gy: number,
  bx: number,
  by: number,
  wx: number,
  wy: number,
]

const SRGB: Primaries = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329]

/** Codes of ITU-T H.273, those whose colours sRGB can show; Chromium takes the camera curves for a display's of 2.4. */
const CICP_PRIMARIES: Readonly<Record<number, Primaries>> = {
  1: SRGB,
  9: [0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329],
  12: [0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329],
}
const CICP_TRANSFER: Readonly<Record<number, number | 'srgb'>> = {
  1: 2.4,
  4: 2.2,
  5: 2.8,
  6: 2.4,
  8: 1,
  13: 'srgb',
  14: 2.4,
  15: 2.4,
}

/** A gamma this near to 1 / 2.2 means sRGB, as libpng has it and browsers with it. */
const GAMMA = 45_455
const TOLERANCE = 0.05

/** @param bytes the whole PNG's; @returns undefined where its samples are sRGB already, or are a profile's business */
export function pngColour(bytes: Uint8Array): PngColour | undefined {
  const chunks = pngChunks(bytes)
  const cicp = chunks.get('cICP')
  if (cicp?.length === 4) {
    const [primaries, transfer] = [CICP_PRIMARIES[cicp[0]!], CICP_TRANSFER[cicp[1]!]]
    return primaries === undefined || transfer === undefined ? undefined : unlessSrgb({ transfer, primaries })
  }
  if (chunks.has('iCCP') || chunks.has('sRGB')) return undefined
  const gama = u32(chunks.get('gAMA'), 0)
  if (gama === undefined || gama === 0) return undefined
  const chrm = chunks.get('cHRM')
  if (chrm?.length !== 32)
    return Math.abs(gama / GAMMA - 1) <= TOLERANCE ? undefined : { transfer: 100_000 / gama, primaries: SRGB }
  // In the file white comes first.
  const [wx, wy, ...colours] = Array.from({ length: 8 }, (_, i) => u32(chrm, 4 * i)! / 100_000)
  return { transfer: 100_000 / gama, primaries: [...colours, wx, wy] as unknown as Primaries }
}

const unlessSrgb = (colour: PngColour): PngColour | undefined =>
  colour.transfer === 'srgb' && colour.primaries === SRGB ? undefined : colour

/** Brings samples to sRGB, in place; alpha stays. @param data RGBA, straight, 0 to 255 */
export function toSrgb(data: Uint8ClampedArray, { transfer, primaries }: PngColour): void {
  const linear = Float64Array.from({ length: 256 }, (_, code) =>
    transfer === 'srgb' ? decodeSrgb(code / 255) : (code / 255) ** transfer,
  )
  if (primaries === SRGB) {
    const codes = Uint8ClampedArray.from(linear, (value) => 255 * encodeSrgb(value))
    for (let at = 0; at < data.length; at++) if (at % 4 !== 3) data[at] = codes[data[at]!]!
    return
  }
  const m = multiply(inverse(toXyz(SRGB)), multiply(adaptation(primaries, SRGB), toXyz(primaries)))
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = m as unknown as Primaries & Record<8, number>
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b] = [linear[data[at]!]!, linear[data[at + 1]!]!, linear[data[at + 2]!]!]
    data[at] = 255 * encodeSrgb(m0 * r + m1 * g + m2 * b)
    data[at + 1] = 255 * encodeSrgb(m3 * r + m4 * g + m5 * b)
    data[at + 2] = 255 * encodeSrgb(m6 * r + m7 * g + m8 * b)
  }
}

const decodeSrgb = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const encodeSrgb = (value: number): number =>
  value <= 0.0031308 ? 12.92 * Math.max(0, value) : 1.055 * Math.min(1, value) ** (1 / 2.4) - 0.055

/** 3 x 3, row-major. */
type Matrix = readonly number[]

/** Linear RGB to XYZ whose white has Y = 1. */
function toXyz([rx, ry, gx, gy, bx, by, wx, wy]: Primaries): Matrix {
  const columns = [rx / ry, gx / gy, bx / by, 1, 1, 1, (1 - rx - ry) / ry, (1 - gx - gy) / gy, (1 - bx - by) / by]
  const scales = apply(inverse(columns), white([rx, ry, gx, gy, bx, by, wx, wy]))
  return columns.map((value, i) => value * scales[i % 3]!)
}

const white = (primaries: Primaries): readonly number[] => [
  primaries[6] / primaries[7],
  1,
  (1 - primaries[6] - primaries[7]) / primaries[7],
]

/** Bradford's adaptation from one white to another. */
function adaptation(from: Primaries, to: Primaries): Matrix {
  const cone = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296]
  const [source, target] = [apply(cone, white(from)), apply(cone, white(to))]
  const ratios = source.map((value, i) => target[i]! / value)
  return multiply(
    inverse(cone),
    cone.map((value, i) => value * ratios[Math.floor(i / 3)]!),
  )
}

const apply = (m: Matrix, v: readonly number[]): number[] =>
  [0, 3, 6].map((row) => m[row]! * v[0]! + m[row + 1]! * v[1]! + m[row + 2]! * v[2]!)

function multiply(a: Matrix, b: Matrix): Matrix {
  return a.map((_, i) => [0, 1, 2].reduce((sum, k) => sum + a[3 * Math.floor(i / 3) + k]! * b[3 * k + (i % 3)]!, 0))
}

function inverse(m: Matrix): Matrix {
  const [a, b, c, d, e, f, g, h, i] = m as unknown as number[] & Primaries
  const cofactors = [
    e * i! - f * h,
    c * h - b * i!,
    b * f - c * e,
    f * g - d * i!,
    a * i! - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ]
  const determinant = a * cofactors[0]! + b * cofactors[3]! + c * cofactors[6]!
  return cofactors.map((value) => value / determinant)
}

/** The first chunk of each kind before the pixels. */
export function pngChunks(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const chunks = new Map<string, Uint8Array>()
  for (let at = 8; ;) {
    const length = u32(bytes, at)
    if (length === undefined || at + 12 + length > bytes.length) return chunks
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (type === 'IDAT') return chunks
    if (!chunks.has(type)) chunks.set(type, bytes.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
}

function u32(bytes: Uint8Array | undefined, at: number): number | undefined {
  return bytes === undefined || at + 4 > bytes.length
    ? undefined
    : bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}
