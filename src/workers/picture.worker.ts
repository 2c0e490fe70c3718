// Over 300 lines: one class behind the door, whose calls share the decoded photo and its subject.
import { expose, transfer } from 'comlink'
import { PhotodoodleError } from '../engine/core/errors'
import { placeElement, type Element } from '../engine/image/element'
import { flatten, objectLayer, type Painting } from '../engine/image/flatten'
import { lookAffine } from '../engine/image/look'
import { looking } from '../engine/image/looking'
import { refineMatte, type Matte } from '../engine/image/matte'
import { boxOf, crop, inside, placeOf } from '../engine/image/place'
import { confine, cutOut, resizeRegion } from '../engine/image/region'
import { resize } from '../engine/image/resize'
import { rgbaImage, type RgbaImage } from '../engine/image/rgba-image'
import { upscaleLayer } from '../engine/image/upscale-layer'
import type { MaskBuffer, Place, RgbaBuffer } from './engine-api'
import { decodePhoto } from './photo-decoder'
import {
  SOURCE_SIDE,
  type ExportRequest,
  type LayerLook,
  type LayerPixels,
  type PictureApi,
  type PictureInfo,
  type Sprite,
  type SubjectEdit,
} from './picture-api'
import { readPngText } from './png-text'
import { asImageData, newCanvas, Pyramid } from './pyramid'
import { shaped } from './shape-picture'
import { paintStrokes, type Stroke } from './strokes'
import { VectorLayers } from './vector-layers'
import { RECIPE_KEYWORD, writePicture } from './write-picture'

/** Longest side on which strokes are rasterised for files, and for the engine, which needs far less. */
const MASK_SIDE = 4096
const ENGINE_MASK_SIDE = 1024

/** Longest side of what is moved about on the screen. */
const MOST_SPRITE = 1536

/** Longest side at which a doodle with painted edges is traced. */
const TRACED_SIDE = 768

interface Opened {
  readonly image: RgbaImage
  readonly pyramid: Pyramid
  /** The photo reduced for the engine, once it was asked for. */
  reduced?: RgbaImage
  /** The subject as it was found, what was changed of it, and both together at the sizes they were asked for. */
  found?: Matte
  edit?: SubjectEdit | undefined
  matte?: { readonly told: Matte; readonly refined: Map<string, Matte> } | undefined
}

class Picture implements PictureApi {
  #opened: Opened | undefined
  readonly #vectors = new VectorLayers()
  #lastReduced: { readonly of: RgbaImage; readonly picture: RgbaImage } | undefined

  async recipe(file: Blob): Promise<string | null> {
    return readPngText(new Uint8Array(await file.arrayBuffer()), RECIPE_KEYWORD)
  }

  async open(file: Blob): Promise<PictureInfo> {
    const bytes = new Uint8Array(await file.arrayBuffer())
    const [{ image, header, animated }, hash] = await Promise.all([
      decodePhoto(file, bytes),
      crypto.subtle.digest('SHA-256', bytes),
    ])
    this.#opened = { image, pyramid: new Pyramid(image) }
    const id = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
    return { id, width: image.width, height: image.height, type: `image/${header.format}`, animated }
  }

  setMatte({ width, height, data }: MaskBuffer): Promise<void> {
    this.#photo.found = { width, height, alpha: data }
    this.#photo.matte = undefined
    return Promise.resolve()
  }

  setSubject(edit: SubjectEdit | undefined): Promise<void> {
    this.#photo.edit = edit
    this.#photo.matte = undefined
    return Promise.resolve()
  }

  subject(): Promise<MaskBuffer | null> {
    const corrected = this.#photo.edit === undefined ? undefined : this.#corrected()
    if (corrected === undefined) return Promise.resolve(null)
    // A copy: what was chosen is kept.
    const mask = { width: corrected.width, height: corrected.height, data: new Uint8Array(corrected.alpha) }
    return Promise.resolve(transfer(mask, [mask.data.buffer]))
  }

  async tile(level: number, column: number, row: number): Promise<ImageBitmap> {
    const bitmap = await this.#photo.pyramid.tile(level, column, row)
    return transfer(bitmap, [bitmap])
  }

  async layerBitmap(layer: LayerPixels, longSide: number): Promise<ImageBitmap> {
    const { width, height } = fitted(this.#photo.image, longSide)
    const bitmap = await createImageBitmap(asImageData(await this.#alone(layer, this.#reduced(width, height))))
    return transfer(bitmap, [bitmap])
  }

  async sprites(layer: LayerPixels, longSide: number): Promise<readonly Sprite[]> {
    const size = fitted(this.#photo.image, longSide)
    const sprites = await Promise.all(
      looking(layer.elements, layer.look, this.#photo.image).map(async (element): Promise<Sprite> => {
        const { front, place } = element
        const box = boxOf(place, size)
        const scale = Math.min(1, MOST_SPRITE / Math.max(box.width, box.height))
        const [width, height] = [Math.ceil(box.width * scale), Math.ceil(box.height * scale)]
        const bitmap = await createImageBitmap(asImageData(upscaleLayer(element, width, height)))
        const behind = front?.some((value) => value < 255) ? await createImageBitmap(behindOf(element, front)) : null
        return { bitmap, behind, place }
      }),
    )
    return transfer(
      sprites,
      sprites.flatMap(({ bitmap, behind }) => (behind === null ? [bitmap] : [bitmap, behind])),
    )
  }

  async matteBitmap(longSide: number): Promise<ImageBitmap | null> {
    const { width, height } = fitted(this.#photo.image, longSide)
    const matte = this.#refined(this.#reduced(width, height))
    if (matte === undefined) return null
    const picture = rgbaImage(width, height)
    for (let i = 0; i < matte.alpha.length; i++) picture.data[4 * i + 3] = matte.alpha[i]!
    const bitmap = await createImageBitmap(asImageData(picture))
    return transfer(bitmap, [bitmap])
  }

  async source(layers: readonly LayerLook[]): Promise<RgbaBuffer> {
    const opened = this.#photo
    const { width, height } = fitted(opened.image, SOURCE_SIDE)
    opened.reduced ??= this.#reduced(width, height)
    return handOver(await this.#flatten(opened.reduced, opened.reduced, layers))
  }

  async part(layers: readonly LayerLook[], place: Place, longSide: number): Promise<ImageBitmap> {
    const { image } = this.#photo
    const longest = Math.max(place.width * image.width, place.height * image.height)
    const { width, height } = fitted(image, (longSide / longest) * Math.max(image.width, image.height))
    const small = this.#reduced(width, height)
    const box = boxOf(place, small)
    const bitmap = await createImageBitmap(asImageData(crop(await this.#flatten(small, small, layers), box)))
    return transfer(bitmap, [bitmap])
  }

  async thumbnail(layers: readonly LayerLook[], longSide: number): Promise<Blob> {
    const { width, height } = fitted(this.#photo.image, longSide)
    const small = resize(this.#photo.image, width, height)
    const { canvas, context } = newCanvas(width, height)
    context.putImageData(asImageData(await this.#flatten(small, small, layers)), 0, 0)
    return canvas.convertToBlob({ type: 'image/webp', quality: 0.8 })
  }

  mask(strokes: readonly Stroke[]): Promise<MaskBuffer> {
    const mask = this.#rasterise(strokes, ENGINE_MASK_SIDE)
    return Promise.resolve(transfer(mask, [mask.data.buffer]))
  }

  async write(request: ExportRequest): Promise<Blob> {
    const { image } = this.#photo
    if (request.format === 'svg') return this.#svg(request.layers)
    const ground = request.withoutPhoto ? rgbaImage(image.width, image.height) : image
    return writePicture(await shaped(await this.#flatten(ground, image, request.layers), request), request)
  }

  async preview(request: ExportRequest, longSide: number): Promise<ImageBitmap> {
    const { image } = this.#photo
    const { width, height } = fitted(image, longSide)
    const small = this.#reduced(width, height)
    const ground = request.withoutPhoto ? rgbaImage(width, height) : small
    const layers =
      request.format === 'svg' ? request.layers.map((layer) => ({ ...layer, vector: true })) : request.layers
    const { frame } = request
    const scale = frame === undefined ? 1 : Math.min(1, longSide / Math.max(frame.width, frame.height))
    const picture = await shaped(await this.#flatten(ground, small, layers), request, scale)
    const bitmap = await createImageBitmap(asImageData(picture))
    return transfer(bitmap, [bitmap])
  }

  get #photo(): Opened {
    if (this.#opened === undefined) throw new PhotodoodleError('BadRequest', 'There is no photo.', 'Open one first.')
    return this.#opened
  }

  /** A new picture, also when there is no layer. @param photo the layers' edges follow it; of the ground's size */
  #flatten(ground: RgbaImage, photo: RgbaImage, layers: readonly LayerLook[]): Promise<RgbaImage> {
    return flatten<LayerPixels, LayerLook>(ground, photo, layers, this.#painting())
  }

  #alone(pixels: LayerPixels, photo: RgbaImage): Promise<RgbaImage> {
    return objectLayer<LayerPixels, LayerLook>(pixels, photo, this.#painting())
  }

  #painting(): Painting<LayerPixels, LayerLook> {
    return {
      original: this.#photo.image,
      matte: (photo) => this.#refined(photo),
      region: (pixels) => (pixels.region.length === 0 ? undefined : this.#rasterise(pixels.region, MASK_SIDE, pixels)),
      erased: (look) => (look.erased.length === 0 ? undefined : this.#rasterise(look.erased, MASK_SIDE, look)),
      outlines: (element, width, height) => this.#vectors.render(element, width, height),
    }
  }

  /** One element that already looks as it shall. */
  #shown(element: Element, pixels: LayerPixels, photo: RgbaImage): Promise<RgbaImage> {
    const layer = placeElement(element, photo, this.#matte(element, photo))
    const { region } = pixels
    return Promise.resolve(region.length === 0 ? layer : confine(layer, this.#rasterise(region, MASK_SIDE, pixels)))
  }

  /** At the size of the photo given, for elements that go behind something. */
  #matte({ front }: Element, photo: RgbaImage): Matte | undefined {
    return front === undefined ? undefined : this.#refined(photo)
  }

  #refined(photo: RgbaImage): Matte | undefined {
    const told = this.#photo.matte?.told ?? this.#corrected()
    if (told === undefined) return undefined
    const matte = (this.#photo.matte ??= { told, refined: new Map<string, Matte>() })
    const size = `${photo.width} ${photo.height}`
    const refined = matte.refined.get(size) ?? refineMatte(matte.told, photo)
    matte.refined.set(size, refined)
    return refined
  }

  /** The subject with what was changed of it. */
  #corrected(): Matte | undefined {
    const { image, found: own, edit } = this.#photo
    const chosen = edit?.chosen?.matte
    const found = chosen === undefined ? own : { width: chosen.width, height: chosen.height, alpha: chosen.data }
    if (edit === undefined || (edit.strokes.length === 0 && !edit.none)) return found
    const { width, height } = fitted(image, ENGINE_MASK_SIDE)
    const { context } = newCanvas(width, height)
    if (found !== undefined && !edit.none) {
      const alpha = resizeRegion({ ...found, data: found.alpha }, width, height)
      const picture = rgbaImage(width, height)
      for (let i = 0; i < alpha.length; i++) picture.data[4 * i + 3] = alpha[i]!
      context.putImageData(asImageData(picture), 0, 0)
    }
    paintStrokes(context, edit.strokes, width / image.width)
    const { data } = context.getImageData(0, 0, width, height)
    return { width, height, alpha: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + 3]!) }
  }

  /** The photo at this size; the last one made is kept, for layers of the same size follow one another. */
  #reduced(width: number, height: number): RgbaImage {
    const { image } = this.#photo
    if (width === image.width && height === image.height) return image
    if (this.#lastReduced?.of !== image || this.#lastReduced.picture.width !== width)
      this.#lastReduced = { of: image, picture: resize(image, width, height) }
    return this.#lastReduced.picture
  }

  #uncovered(layer: RgbaImage, look: LayerLook): RgbaImage {
    const { erased } = look
    return erased.length === 0 ? layer : cutOut(layer, this.#rasterise(erased, MASK_SIDE, look))
  }

  /**
   * What is painted around or away, or hidden by the subject, is taken off the pixels first, so that the outlines
   * follow it.
   */
  async #svg(layers: readonly LayerLook[]): Promise<Blob> {
    const { writeSvg } = await import('../engine/vector/svg')
    const { image } = this.#photo
    const drawings = []
    for (const look of layers) {
      const painted = look.region.length > 0 || look.erased.length > 0
      for (const element of looking(look.elements, look.look, image)) {
        const { place } = element
        // An element on a part of the photo is traced nearly as finely as one on all of it.
        const { width, height } = fitted(
          image,
          Math.min(SOURCE_SIDE, TRACED_SIDE / Math.min(1, Math.max(place.width, place.height))),
        )
        const seen = inside(boxOf(place, { width, height }), { width, height })
        if (seen === undefined) continue
        const hidden = painted || this.#matte(element, this.#reduced(width, height)) !== undefined
        const shown = async (): Promise<RgbaImage> =>
          this.#uncovered(await this.#shown(element, look, this.#reduced(width, height)), look)
        drawings.push(
          hidden
            ? {
                drawing: await this.#vectors.trace(crop(await shown(), seen)),
                opacity: look.opacity,
                place: placeOf(seen, { width, height }),
              }
            : { drawing: await this.#vectors.trace(element), opacity: look.opacity, place },
        )
      }
    }
    return new Blob([writeSvg(drawings, image)], { type: 'image/svg+xml' })
  }

  /** @param moved the layer that the strokes belong to, and move with */
  #rasterise(strokes: readonly Stroke[], longSide: number, moved?: LayerPixels): MaskBuffer {
    const { image } = this.#photo
    const { width, height } = fitted(image, longSide)
    const { context } = newCanvas(width, height)
    const scale = width / image.width
    if (moved?.look?.pose !== undefined && moved.elements.length > 0) {
      const { a, b, c, d, e, f } = lookAffine(moved.elements, moved.look, image)
      context.setTransform(a, b, c, d, e * scale, f * scale)
    }
    paintStrokes(context, strokes, scale)
    const rgba = context.getImageData(0, 0, width, height).data
    const data = new Uint8Array(width * height)
    for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i + 3]!
    return { width, height, data }
  }
}

/** A size of the same shape whose longest side is at most this. */
function fitted(
  { width, height }: { width: number; height: number },
  longSide: number,
): { width: number; height: number } {
  const scale = Math.min(1, longSide / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** The share that goes behind the subject, as a picture's alpha. */
function behindOf({ width, height }: Element, front: Uint8Array): ImageData {
  const picture = rgbaImage(width, height)
  for (let i = 0; i < front.length; i++) picture.data[4 * i + 3] = 255 - front[i]!
  return asImageData(picture)
}

function handOver({ width, height, data }: RgbaImage): RgbaBuffer {
  const own = data as Uint8ClampedArray<ArrayBuffer>
  return transfer({ width, height, data: own }, [own.buffer])
}

expose(new Picture())
