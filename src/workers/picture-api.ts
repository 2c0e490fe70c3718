import type { ElementBuffer, Look, MaskBuffer, Place, RgbaBuffer } from './engine-api'
import type { Stroke } from './strokes'

/**
 * The door to the picture worker: it decodes the photo, cuts it into tiles for the screen, lays doodles over it and
 * writes files. It is a worker of its own so that panning and exporting never wait for the model. The rules of the
 * boundary are those of engine-api.ts.
 */

export interface PictureInfo {
  /** SHA-256 of the file in hex: the same file is the same photo. */
  readonly id: string
  /** Full resolution in pixels, after the EXIF orientation was applied. */
  readonly width: number
  readonly height: number
  /** MIME type found in the file's first bytes, whatever its name says. */
  readonly type: string
  /** It moves; only its first frame is used. */
  readonly animated: boolean
}

/** What one layer looks like. */
export interface LayerPixels {
  /** Bottom to top, at the model's resolution. */
  readonly elements: readonly ElementBuffer[]
  /** Where it may show, as painted; empty: everywhere. */
  readonly region: readonly Stroke[]
  /** Shown as outlines in flat colours, sharp at any size, instead of pixels. */
  readonly vector: boolean
  /** How it was moved and changed; what was painted moves along. */
  readonly look?: Look
}

/** One element of a layer as it looks, to be moved about on the screen before it is let go. */
export interface Sprite {
  readonly bitmap: ImageBitmap
  /** Its alpha: the share that goes behind the subject. Null: none of it does. */
  readonly behind: ImageBitmap | null
  /** Where it is now. It may reach outside the photo. */
  readonly place: Place
}

export interface LayerLook extends LayerPixels {
  /** Painted away. */
  readonly erased: readonly Stroke[]
  /** 0 .. 1 */
  readonly opacity: number
}

/** What somebody pointed at, in place of the subject that was found. */
interface ChosenSubject {
  /** The place, as shares of the photo's sides. */
  readonly at: readonly [x: number, y: number]
  readonly matte: MaskBuffer
}

/** What was changed of the subject that was found. */
export interface SubjectEdit {
  /** Counts instead of what was found. */
  readonly chosen?: ChosenSubject
  /** Nothing of what was found counts. */
  readonly none: boolean
  /** `add` makes the photo part of the subject, `subtract` takes it off. */
  readonly strokes: readonly Stroke[]
}

/** `svg` holds the doodles alone, as outlines. */
export type ExportFormat = 'png' | 'jpeg' | 'webp' | 'svg'

/** A file of a size of its own. */
export interface Frame {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** The picture fills it and is cut; else all of it is seen. */
  readonly fill: boolean
  /** What is around a picture that is seen whole: a soft copy of it, or white. */
  readonly ground: 'soft' | 'white'
  /** What a cut picture shows in its middle, as shares of it. */
  readonly middle: readonly [x: number, y: number]
}

/** What is made of the picture once it is composed. */
export interface Shape {
  readonly frame?: Frame
  /** Trimmed to what is seen; `rim` is the width of a white rim, as a share of the picture's longest side, 0: none. */
  readonly sticker?: { readonly rim: number }
}

export interface ExportRequest extends Shape {
  readonly format: ExportFormat
  /** JPEG and WebP, 0 .. 1 */
  readonly quality: number
  /** Visible layers, bottom to top. */
  readonly layers: readonly LayerLook[]
  /** The layers alone on a transparent ground. */
  readonly withoutPhoto: boolean
  /** JSON text to store in a PNG, or null. */
  readonly recipe: string | null
}

export interface PictureApi {
  /** The recipe that this app stored in a PNG, as JSON text; null for any other file. */
  recipe(file: Blob): Promise<string | null>
  /**
   * Decodes a photo and keeps it. The photo before stays when this fails. @throws BadImage, ImageTooLarge, OutOfMemory
   */
  open(file: Blob): Promise<PictureInfo>
  /** The open photo's subject at any resolution, which elements go behind; until it is told they all lie in front. */
  setMatte(matte: MaskBuffer): Promise<void>
  /** Corrects the open photo's subject; undefined: it is as found. */
  setSubject(edit: SubjectEdit | undefined): Promise<void>
  /** The subject as it was corrected, for the engine; null while it is as found. */
  subject(): Promise<MaskBuffer | null>
  /** A square of {@link TILE} pixels (less at the right and bottom edge) of the photo at 1 / 2^level of its size. */
  tile(level: number, column: number, row: number): Promise<ImageBitmap>
  /** What is seen of a layer on the screen, before erasing: longest side at most `longSide` pixels. */
  layerBitmap(layer: LayerPixels, longSide: number): Promise<ImageBitmap>
  /** The layer's elements, whole also where the subject hides them. @param longSide of the photo, in pixels */
  sprites(layer: LayerPixels, longSide: number): Promise<readonly Sprite[]>
  /** The subject in alpha, or null while there is none. */
  matteBitmap(longSide: number): Promise<ImageBitmap | null>
  /** The photo with these layers, reduced to at most {@link SOURCE_SIDE}: what the next doodle is drawn on. */
  source(layers: readonly LayerLook[]): Promise<RgbaBuffer>
  /** A part of the photo with these layers, its longest side about `longSide` pixels. @param place inside the photo */
  part(layers: readonly LayerLook[], place: Place, longSide: number): Promise<ImageBitmap>
  /** The photo with these layers as a small WebP file, longest side at most `longSide` pixels. */
  thumbnail(layers: readonly LayerLook[], longSide: number): Promise<Blob>
  /** Strokes as a mask for the engine. */
  mask(strokes: readonly Stroke[]): Promise<MaskBuffer>
  /** A file at the photo's own resolution. @throws OutOfMemory */
  write(request: ExportRequest): Promise<Blob>
  /** What such a file shows, its longest side at most `longSide` pixels. @throws OutOfMemory, BadRequest */
  preview(request: ExportRequest, longSide: number): Promise<ImageBitmap>
}

/** Side of a tile in pixels. */
export const TILE = 512

/** Longest side of the picture handed to the model, which works at far less. */
export const SOURCE_SIDE = 2048

/** Width and height of the photo at a level, at least 1. */
export function levelSize(
  { width, height }: { readonly width: number; readonly height: number },
  level: number,
): { width: number; height: number } {
  return { width: Math.max(1, Math.round(width / 2 ** level)), height: Math.max(1, Math.round(height / 2 ** level)) }
}
