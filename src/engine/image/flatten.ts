import { compositeOver } from './composite'
import { hideBehind, onPhoto, placeElement, type Element } from './element'
import type { Look } from './look'
import { looking } from './looking'
import type { Matte } from './mask'
import { boxOf, paste } from './place'
import { confine, cutOut, type RegionMask } from './region'
import { rgbaImage, type RgbaImage } from './rgba-image'

/** An object's pixels: what is seen of it where nothing of it was painted away. */
interface FlatPixels {
  /** Bottom to top. */
  readonly elements: readonly Element[]
  readonly look?: Look
  /** Shown as outlines instead of pixels. */
  readonly vector: boolean
}

interface FlatLayer extends FlatPixels {
  /** 0 .. 1 */
  readonly opacity: number
}

/** What is known of the photo, and how what was painted becomes masks: browsers and Node do that differently. */
export interface Painting<P extends FlatPixels, L extends P & FlatLayer> {
  /** The photo's own size. */
  readonly original: { readonly width: number; readonly height: number }
  /** At the size of the photo given; undefined while there is no subject. */
  matte(photo: RgbaImage): Matte | undefined
  /** Where it may show; undefined: everywhere. */
  region(layer: P): RegionMask | undefined
  /** Painted away; undefined: nothing. */
  erased(layer: L): RegionMask | undefined
  /** An element's outlines, drawn at this size. */
  outlines(element: RgbaImage, width: number, height: number): Promise<RgbaImage>
}

/**
 * The objects over the photo, a new picture also when there is none.
 * @param ground what they lie on: the photo, or nothing
 * @param photo their edges follow it; of the ground's size
 * @param layers bottom to top
 */
export async function flatten<P extends FlatPixels, L extends P & FlatLayer>(
  ground: RgbaImage,
  photo: RgbaImage,
  layers: readonly L[],
  painting: Painting<P, L>,
): Promise<RgbaImage> {
  if (layers.length === 0) return rgbaImage(ground.width, ground.height, ground.data.slice())
  let below = ground
  for (const layer of layers) {
    const erased = painting.erased(layer)
    const whole = await objectLayer<P, L>(layer, photo, painting)
    const seen = erased === undefined ? whole : cutOut(whole, erased)
    below = compositeOver(below, seen, layer.opacity, layer.look?.blend)
  }
  return below
}

/** One object as a transparent layer of the photo's size, before anything of it is painted away. */
export async function objectLayer<P extends FlatPixels, L extends P & FlatLayer>(
  pixels: P,
  photo: RgbaImage,
  painting: Painting<P, L>,
): Promise<RgbaImage> {
  const matteOf = ({ front }: Element): Matte | undefined => (front === undefined ? undefined : painting.matte(photo))
  let layer: RgbaImage | undefined
  for (const element of looking(pixels.elements, pixels.look, painting.original)) {
    const placed = pixels.vector
      ? await outlined(element, photo, matteOf(element), painting)
      : placeElement(element, photo, matteOf(element))
    layer = layer === undefined ? placed : compositeOver(layer, placed)
  }
  layer ??= rgbaImage(photo.width, photo.height)
  const region = painting.region(pixels)
  return region === undefined ? layer : confine(layer, region)
}

async function outlined(
  element: Element,
  photo: RgbaImage,
  matte: Matte | undefined,
  painting: { outlines(element: RgbaImage, width: number, height: number): Promise<RgbaImage> },
): Promise<RgbaImage> {
  const part = onPhoto(element, photo)
  if (part === undefined) return rgbaImage(photo.width, photo.height)
  const box = boxOf(part.place, photo)
  return paste(hideBehind(await painting.outlines(part, box.width, box.height), box, part, matte), box, photo)
}
