import { expose, transfer } from 'comlink'
import { PhotodoodleError } from '../engine/core/errors'
import { compositeOver } from '../engine/image/composite'
import { confine, cutOut } from '../engine/image/region'
import { resize } from '../engine/image/resize'
import { rgbaImage, type RgbaImage } from '../engine/image/rgba-image'
import { upscaleLayer } from '../engine/image/upscale-layer'
import type { MaskBuffer, RgbaBuffer } from './engine-api'
import { decodePhoto } from './photo-decoder'
import { SOURCE_SIDE, type ExportRequest, type LayerLook, type LayerPixels, type PictureApi, type PictureInfo } from './picture-api'
import { readPngText } from './png-text'
import { asImageData, newCanvas, Pyramid } from './pyramid'
import { paintStrokes, type Stroke } from './strokes'
import { RECIPE_KEYWORD, writePicture } from './write-picture'

/** Longest side on which strokes are rasterised for files, and for the engine, which needs far less. */
const MASK_SIDE = 4096
const ENGINE_MASK_SIDE = 1024

interface Opened {
  readonly image: RgbaImage
  readonly pyramid: Pyramid
  /** The photo reduced for the engine, once it was asked for. */
  reduced?: RgbaImage
}

class Picture implements PictureApi {
  #opened: Opened | undefined

  async recipe(file: Blob): Promise<string | null> {
    return readPngText(new Uint8Array(await file.arrayBuffer()), RECIPE_KEYWORD)
  }

  async open(file: Blob): Promise<PictureInfo> {
    const bytes = new Uint8Array(await file.arrayBuffer())
    const [{ image, header, animated }, hash] = await Promise.all([decodePhoto(file, bytes), crypto.subtle.digest('SHA-256', bytes)])
    this.#opened = { image, pyramid: new Pyramid(image) }
    const id = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
    return { id, width: image.width, height: image.height, type: `image/${header.format}`, animated }
  }

  async tile(level: number, column: number, row: number): Promise<ImageBitmap> {
    const bitmap = await this.#photo.pyramid.tile(level, column, row)
    return transfer(bitmap, [bitmap])
  }

  async layerBitmap(layer: LayerPixels, longSide: number): Promise<ImageBitmap> {
    const { width, height } = fitted(this.#photo.image, longSide)
    const bitmap = await createImageBitmap(asImageData(this.#placed(layer, width, height)))
    return transfer(bitmap, [bitmap])
  }

  source(layers: readonly LayerLook[]): Promise<RgbaBuffer> {
    const opened = this.#photo
    const { width, height } = fitted(opened.image, SOURCE_SIDE)
    opened.reduced ??= width === opened.image.width ? opened.image : resize(opened.image, width, height)
    return Promise.resolve(handOver(this.#flatten(opened.reduced, layers)))
  }

  mask(strokes: readonly Stroke[]): Promise<MaskBuffer> {
    const mask = this.#rasterise(strokes, ENGINE_MASK_SIDE)
    return Promise.resolve(transfer(mask, [mask.data.buffer]))
  }

  write(request: ExportRequest): Promise<Blob> {
    const { image } = this.#photo
    const ground = request.withoutPhoto ? rgbaImage(image.width, image.height) : image
    return writePicture(this.#flatten(ground, request.layers), request)
  }

  get #photo(): Opened {
    if (this.#opened === undefined) throw new PhotodoodleError('BadRequest', 'There is no photo.', 'Open one first.')
    return this.#opened
  }

  /** A new picture, also when there is no layer. */
  #flatten(ground: RgbaImage, layers: readonly LayerLook[]): RgbaImage {
    const { width, height } = ground
    if (layers.length === 0) return rgbaImage(width, height, ground.data.slice())
    return layers.reduce((below, look) => {
      const whole = this.#placed(look, width, height)
      const layer = look.erased.length === 0 ? whole : cutOut(whole, this.#rasterise(look.erased, MASK_SIDE))
      return compositeOver(below, layer, look.opacity)
    }, ground)
  }

  #placed({ doodle, region }: LayerPixels, width: number, height: number): RgbaImage {
    const layer = upscaleLayer(doodle, width, height)
    return region.length === 0 ? layer : confine(layer, this.#rasterise(region, MASK_SIDE))
  }

  #rasterise(strokes: readonly Stroke[], longSide: number): MaskBuffer {
    const { image } = this.#photo
    const { width, height } = fitted(image, longSide)
    const { context } = newCanvas(width, height)
    paintStrokes(context, strokes, width / image.width)
    const rgba = context.getImageData(0, 0, width, height).data
    const data = new Uint8Array(width * height)
    for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i + 3]!
    return { width, height, data }
  }
}

/** A size of the same shape whose longest side is at most this. */
function fitted({ width, height }: { width: number; height: number }, longSide: number): { width: number; height: number } {
  const scale = Math.min(1, longSide / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

function handOver({ width, height, data }: RgbaImage): RgbaBuffer {
  const own = data as Uint8ClampedArray<ArrayBuffer>
  return transfer({ width, height, data: own }, [own.buffer])
}

expose(new Picture())
