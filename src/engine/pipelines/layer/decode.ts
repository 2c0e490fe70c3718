import { PhotodoodleError } from '../../core/errors'
import type { Tensor } from '../../core/tensor'
import type { Element } from '../../image/element'
import { rgbaImage } from '../../image/rgba-image'
import type { ElementPlan } from '../edit'
import type { LayerLatents, LayerParts } from './parts'

/** Values of a decoded pixel: red, green, blue and front premultiplied by alpha, alpha in between. */
const CHANNELS = 5

/** Alpha below this many levels is a trace nobody sees; it is dropped so that "outside" stays exactly outside. */
const MIN_ALPHA = 4

/** Latents to pictures in their places. */
export async function decode(drawn: readonly LayerLatents[], plans: readonly ElementPlan[], { codec }: Pick<LayerParts, 'codec'>): Promise<readonly Element[]> {
  const elements = []
  for (const [i, { latents, grid, place }] of drawn.entries()) elements.push({ ...pixelsOf(await codec.decode(latents, grid)), place, ...plans[i] })
  return elements
}

/**
 * A premultiplied layer as straight pixels and their front plane.
 * @param layer [height, width, 5]
 * @throws ShapeMismatch
 */
export function pixelsOf({ dims, data }: Tensor): Pick<Element, 'width' | 'height' | 'data' | 'front'> & { readonly front: Uint8Array } {
  const [height, width, channels] = dims
  if (height === undefined || width === undefined || channels !== CHANNELS || dims.length !== 3) {
    throw new PhotodoodleError('ShapeMismatch', `A layer is [H, W, ${CHANNELS}], got [${dims.join(', ')}].`, 'This is a defect; please report it.')
  }
  const image = rgbaImage(width, height)
  const front = new Uint8Array(width * height)
  for (let i = 0; i < width * height; i++) {
    const at = i * CHANNELS
    const alpha = Math.min(1, Math.max(0, data[at + 3]!))
    if (Math.round(255 * alpha) < MIN_ALPHA) continue
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = (255 * data[at + c]!) / alpha
    image.data[4 * i + 3] = 255 * alpha
    front[i] = Math.round(255 * Math.min(1, Math.max(0, data[at + 4]! / alpha)))
  }
  return { ...image, front }
}
