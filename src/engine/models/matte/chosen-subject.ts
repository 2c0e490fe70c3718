import { maxFilter, eachRegion, type Matte, type PlaneSize } from '../../image/mask'
import { placeOf, type PixelBox, type Place } from '../../image/place'
import { alphaRows } from '../../image/guided-alpha'

/**
 * The thing at a place that somebody pointed at. The matte network finds what stands out in the picture it is given, so
 * it is given closer and closer looks around the place, and the look is taken in whose middle something clear and whole
 * lies. Tried by eye on 16 places in 11 photos of two things or more (docs/experiments/matte.md).
 */

/** Sides of the looks, as shares of the photo's longer side. */
const LOOKS = [1, 0.7, 0.5, 0.35, 0.25] as const

/** From here on a pixel belongs to the thing. */
const INSIDE = 0.5
const SURE = 0.9

/** Shares of a look's side: how far beside the thing the place may lie, how far its soft edge reaches. */
const BESIDE = 0.05
const EDGE = 0.03

/** Of a look's pixels: less is a speck. */
const LEAST = 0.005

/** Of a thing's pixels that lie along the look's own edge, from which nearer looks would only cut more of it off. */
const MOST_CUT = 0.6

/** A thing that is worse than this is none that stands out. */
const LEAST_SCORE = 0.15

/** What the network says of a look, 0..1, row-major. */
export interface LookMatte extends PlaneSize {
  readonly data: Float32Array
}

/** A place on the photo as shares of its sides. */
export type At = readonly [x: number, y: number]

/**
 * @param at inside the photo
 * @param look the matte of a part of the photo, asked for one after the other, the largest part first
 * @returns the thing alone, over all of the photo; undefined where nothing stands out there
 */
export async function chosenSubject(
  photo: PlaneSize,
  at: At,
  look: (box: PixelBox) => Promise<LookMatte>,
): Promise<Matte | undefined> {
  let best: { readonly score: number; readonly box: PixelBox; readonly thing: LookMatte } | undefined
  for (const share of LOOKS) {
    const box = around(photo, at, share)
    const matte = await look(box)
    const { left, top, width, height } = placeOf(box, photo)
    const found = thingAt(matte, [(at[0] - left) / width, (at[1] - top) / height], openSides(box, photo))
    if (found === undefined) continue
    if (best === undefined || found.score > best.score) best = { score: found.score, box, thing: found.thing }
    if (found.cut > MOST_CUT) break
  }
  if (best === undefined || best.score < LEAST_SCORE) return undefined
  return overPhoto(best.thing, placeOf(best.box, photo))
}

/** A square around the place where the photo has room, moved and narrowed to stay on it. */
function around(photo: PlaneSize, [x, y]: At, share: number): PixelBox {
  const side = Math.max(1, Math.round(share * Math.max(photo.width, photo.height)))
  const [width, height] = [Math.min(side, photo.width), Math.min(side, photo.height)]
  const start = (middle: number, length: number, most: number): number =>
    Math.round(Math.min(most - length, Math.max(0, middle - length / 2)))
  return {
    left: start(x * photo.width, width, photo.width),
    top: start(y * photo.height, height, photo.height),
    width,
    height,
  }
}

/** Behind which sides of a part the photo goes on. */
interface OpenSides {
  readonly left: boolean
  readonly top: boolean
  readonly right: boolean
  readonly bottom: boolean
}

function openSides({ left, top, width, height }: PixelBox, photo: PlaneSize): OpenSides {
  return { left: left > 0, top: top > 0, right: left + width < photo.width, bottom: top + height < photo.height }
}

interface Found {
  /** 0..1: sure of itself, whole, and the place in its middle. */
  readonly score: number
  /** How much of the thing's extent lies along sides behind which the photo goes on, 0 or more. */
  readonly cut: number
  readonly thing: LookMatte
}

/** @param at as shares of the look's sides */
function thingAt({ width, height, data }: LookMatte, at: At, open: OpenSides): Found | undefined {
  const [x, y] = [at[0] * width, at[1] * height]
  const inside = Uint8Array.from(data, (value) => Number(value > INSIDE))
  const beside = BESIDE * Math.max(width, height)
  let [nearest, pixels]: [number, readonly number[]] = [Infinity, []]
  eachRegion(inside, { width, height }, true, (region) => {
    if (region.length < LEAST * data.length) return
    let distance = Infinity
    for (const i of region)
      distance = Math.min(distance, Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y))
    if (distance < nearest) [nearest, pixels] = [distance, region]
  })
  if (nearest > beside) return undefined
  const own = new Uint8Array(data.length)
  let [sure, sumX, sumY, along] = [0, 0, 0, 0]
  for (const i of pixels) {
    const [px, py] = [i % width, Math.floor(i / width)]
    own[i] = 1
    if (data[i]! > SURE) sure++
    sumX += px + 0.5
    sumY += py + 0.5
    along +=
      Number(open.left && px === 0) +
      Number(open.right && px === width - 1) +
      Number(open.top && py === 0) +
      Number(open.bottom && py === height - 1)
  }
  const size = Math.sqrt(pixels.length)
  const cut = along / size
  const off = Math.hypot(sumX / pixels.length - x, sumY / pixels.length - y) / size
  const reach = maxFilter(own, { width, height }, Math.round(EDGE * Math.max(width, height)))
  return {
    score: (sure / pixels.length) * Math.exp(-2 * cut) * Math.exp(-2 * off * off),
    cut,
    thing: { width, height, data: data.map((value, i) => (reach[i] === 1 ? value : 0)) },
  }
}

/** A look's matte where it lies on the photo. A near one has more of the thing to say: its pixels are kept. */
function overPhoto(thing: LookMatte, { left, top, width, height }: Place): Matte {
  const side = (length: number, share: number): number => Math.round(length * Math.min(2, 1 / share))
  const size = { width: side(thing.width, width), height: side(thing.height, height) }
  const box = {
    left: Math.round(left * size.width),
    top: Math.round(top * size.height),
    width: Math.max(1, Math.round(width * size.width)),
    height: Math.max(1, Math.round(height * size.height)),
  }
  const alpha = new Uint8Array(size.width * size.height)
  let y = box.top
  for (const row of alphaRows(thing, box.width, box.height)) {
    const at = y * size.width + box.left
    for (let x = 0; x < row.length && box.left + x < size.width; x++) alpha[at + x] = Math.round(255 * row[x]!)
    if (++y >= size.height) break
  }
  return { ...size, alpha }
}
