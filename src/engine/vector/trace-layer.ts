import { contours } from 'd3-contour'
import { PhotodoodleError } from '../core/errors'
import { blur3, maxFilter } from '../image/mask'
import { resize } from '../image/resize'
import type { RgbaImage } from '../image/rgba-image'
import { fitOutline, type Point } from './fit-outline'
import { membership, quantise } from './quantise'

/** A doodle as filled outlines, without a resolution of its own. */
export interface VectorLayer {
  /** The drawing's own units: it is stretched over the photo. */
  readonly width: number
  readonly height: number
  /** Painted one after another. */
  readonly shapes: readonly VectorShape[]
}

interface VectorShape {
  /** 0..255 */
  readonly rgb: readonly [number, number, number]
  /** SVG path data of absolute lines and cubic curves; holes by the even-odd rule. */
  readonly path: string
  /** End points of its lines and curves. */
  readonly nodes: number
}

interface TraceOptions {
  /** Most colours, 1 to 64. */
  readonly colours?: number
}

const COLOURS = 12

/** Smallest long side at which outlines are found; smaller doodles are enlarged first. */
const LEAST_SIDE = 384

/** Outlines around less than this share of the drawing are specks: 3 x 3 pixels of 384 x 384. */
const SPECK = 6e-5

/** How far, in the doodle's own pixels, a curve may stray from an outline: less than its blur, more than its noise. */
const STRAY = 0.25

/** How far, in pixels, a colour reaches under those painted after it, so that no hairline is left between them. */
const UNDERLAP = 2

/**
 * Traces a doodle of flat colours. Outlines are contours of fields that pass through one half inside a pixel, exactly
 * where its
 * anti-aliased edge says (marching squares), with curves fitted through them. Colours are painted from the commonest to
 * the
 * rarest, each a little under those after it. Alpha is either in or out: soft glows become hard edges, which is why
 * this is for flat styles. The same doodle gives the same outlines.
 *
 * @param doodle straight alpha, any size
 * @throws BadRequest for a number of colours out of range
 */
export function traceLayer(doodle: RgbaImage, { colours = COLOURS }: TraceOptions = {}): VectorLayer {
  if (!Number.isInteger(colours) || colours < 1 || colours > 64)
    throw new PhotodoodleError('BadRequest', `A drawing of ${colours} colours cannot be traced.`, 'Use 1 to 64.')
  const scale = Math.ceil(LEAST_SIDE / Math.max(doodle.width, doodle.height))
  const layer = scale <= 1 ? doodle : resize(doodle, scale * doodle.width, scale * doodle.height)
  const { width, height } = layer
  const palette = quantise(layer, colours)
  const alpha = Float32Array.from({ length: width * height }, (_, i) => layer.data[4 * i + 3]! / 255)
  const members = membership(layer, palette).map((plane) => blur3(plane, layer))

  const shapes: VectorShape[] = []
  const above = alpha.map((_, i) => members.reduce((sum, plane) => sum + plane[i]!, 0))
  members.forEach((plane, k) => {
    for (let i = 0; i < above.length; i++) above[i]! -= plane[i]!
    const near = maxFilter(plane, layer, UNDERLAP)
    const field = plane.map((own, i) => alpha[i]! * Math.min(1, own + Math.min(above[i]!, near[i]!)))
    const shape = outlined(field, width, height, STRAY * Math.max(1, scale))
    if (shape.nodes > 0) shapes.push({ rgb: palette[k]!, ...shape })
  })
  return { width, height, shapes }
}

/** Where the field (0..1) exceeds one half, as path data. */
function outlined(
  field: Float32Array,
  width: number,
  height: number,
  stray: number,
): Pick<VectorShape, 'path' | 'nodes'> {
  // A border of zeros closes outlines that leave the picture.
  const padded = new Float64Array((width + 2) * (height + 2))
  for (let y = 0; y < height; y++) padded.set(field.subarray(y * width, (y + 1) * width), (y + 1) * (width + 2) + 1)
  const { coordinates } = contours()
    .size([width + 2, height + 2])
    .contour([...padded], 0.5)
  const rings = coordinates.flat().map((ring) => ring.slice(1).map(([x, y]): Point => [x! - 1, y! - 1]))
  const fitted = rings.filter((ring) => area(ring) >= SPECK * width * height).map((ring) => fitOutline(ring, stray))
  return { path: fitted.map(({ path }) => path).join(''), nodes: fitted.reduce((sum, { nodes }) => sum + nodes, 0) }
}

/** Area inside a ring. */
function area(ring: readonly Point[]): number {
  let sum = 0
  ring.forEach(([x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!
    sum += x * nextY - nextX * y
  })
  return Math.abs(sum) / 2
}
