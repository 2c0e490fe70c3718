/** RGB, 0..255. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** A colour of a drawing, and what is shown instead of it. */
export interface Recolouring {
  readonly from: Rgb
  readonly to: Rgb
}

/** Grey levels of chroma below which a colour counts as white, grey or black. */
export const GREYISH = 36

/** Cosine of the angle between two hues from which they are one, and below which one has no part in the other. */
export const SAME_HUE = { all: 0.86, none: 0.64 } as const

/** Chroma of a pixel, in grey levels, up to which it is a shade of a grey, and from which it is a colour of its own. */
export const SHADE = { all: 24, none: 64 } as const

/** How many times the colour a pixel may be: more is glare, or another colour of the same hue. */
const MOST = 1.25

/**
 * A picture with some of its colours shown as others. Each pixel is taken as a share of the colour, mixed with white,
 * black and grey; that share becomes the other colour. So lights, shades, ink and soft edges stay what they are, the
 * colour itself becomes exactly the other one, and pixels of other hues are left alone.
 * @param data straight RGBA; alpha stays
 */
export function recoloured(data: Uint8ClampedArray, changes: readonly Recolouring[]): Uint8ClampedArray<ArrayBuffer> {
  const out = data.slice()
  const parts = changes.map(partOf)
  const sum = new Float64Array(3)
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 0) continue
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!]
    sum[0] = r
    sum[1] = g
    sum[2] = b
    for (const add of parts) add(r, g, b, sum)
    for (let c = 0; c < 3; c++) out[at + c] = sum[c]!
  }
  return out
}

/**
 * Hue turned about the grey axis of RGB, luma kept as SVG's feColorMatrix hueRotate does; then lighter or darker.
 * @param data straight RGBA; alpha stays
 */
export function turnedHue(
  data: Uint8ClampedArray,
  { hue = 0, brightness = 0 }: { readonly hue?: number; readonly brightness?: number },
): Uint8ClampedArray<ArrayBuffer> {
  const [cos, sin] = [Math.cos((hue * Math.PI) / 180), Math.sin((hue * Math.PI) / 180)]
  const matrix = [
    [0.213 + 0.787 * cos - 0.213 * sin, 0.715 - 0.715 * cos - 0.715 * sin, 0.072 - 0.072 * cos + 0.928 * sin],
    [0.213 - 0.213 * cos + 0.143 * sin, 0.715 + 0.285 * cos + 0.14 * sin, 0.072 - 0.072 * cos - 0.283 * sin],
    [0.213 - 0.213 * cos - 0.787 * sin, 0.715 - 0.715 * cos + 0.715 * sin, 0.072 + 0.928 * cos + 0.072 * sin],
  ] as const
  const out = data.slice()
  const end = brightness > 0 ? 255 : 0
  const share = Math.min(1, Math.abs(brightness))
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 0) continue
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!]
    for (let c = 0; c < 3; c++) {
      const [x, y, z] = matrix[c]!
      const turned = Math.min(255, Math.max(0, x * r + y * g + z * b))
      out[at + c] = turned + share * (end - turned)
    }
  }
  return out
}

/** Adds to a pixel's sum by how much it changes. */
type Part = (r: number, g: number, b: number, sum: Float64Array) => void

function partOf({ from, to }: Recolouring): Part {
  return chromaOf(planesOf(...from)) < GREYISH ? fromGrey(from, to) : fromColour(from, to)
}

/** Chroma is turned and scaled as the colour's is; lightness moves with the share. */
function fromColour(from: Rgb, to: Rgb): Part {
  const [level, u, v] = planesOf(...from)
  const [toLevel, toU, toV] = planesOf(...to)
  const squared = u * u + v * v
  return (r, g, b, sum) => {
    const [, pu, pv] = planesOf(r, g, b)
    const chroma = Math.sqrt(pu * pu + pv * pv)
    if (chroma === 0) return
    const along = pu * u + pv * v
    const near = ramp(along / (chroma * Math.sqrt(squared)), SAME_HUE.none, SAME_HUE.all)
    if (near === 0) return
    // The pixel's chroma as a complex multiple of the colour's: its share of it, and how far its hue is from it.
    const scale = Math.min(1, (MOST * Math.sqrt(squared)) / chroma) / squared
    const [share, across] = [along * scale, (pv * u - pu * v) * scale]
    addPlanes(
      near * share * (toLevel - level),
      near * (share * toU - across * toV - pu),
      near * (share * toV + across * toU - pv),
      sum,
    )
  }
}

/** Of a light grey what is darker is shade, of a dark one what is lighter is light. */
function fromGrey(from: Rgb, to: Rgb): Part {
  const [level, u, v] = planesOf(...from)
  const light = level >= 127.5
  return (r, g, b, sum) => {
    const [own, pu, pv] = planesOf(r, g, b)
    const share = Math.min(1, light ? own / level : (255 - own) / (255 - level))
    const [du, dv] = [pu - share * u, pv - share * v]
    const near = 1 - ramp(Math.sqrt(du * du + dv * dv), SHADE.all, SHADE.none)
    for (let c = 0; c < 3; c++) sum[c] = sum[c]! + near * share * (to[c]! - from[c]!)
  }
}

/** Lightness, 0..255, and two coordinates of chroma at right angles to it, red along the first. */
export function planesOf(r: number, g: number, b: number): [level: number, u: number, v: number] {
  return [(r + g + b) / 3, r - (g + b) / 2, (Math.sqrt(3) / 2) * (g - b)]
}

function addPlanes(level: number, u: number, v: number, sum: Float64Array): void {
  sum[0] = sum[0]! + level + (2 / 3) * u
  sum[1] = sum[1]! + level - u / 3 + v / Math.sqrt(3)
  sum[2] = sum[2]! + level - u / 3 - v / Math.sqrt(3)
}

export function chromaOf([, u, v]: readonly [number, number, number]): number {
  return Math.sqrt(u * u + v * v)
}

function ramp(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)))
}
