import type { ExportFormat, Frame, Shape } from '../../workers/picture-api'

/** What a picture is taken out as. */
export const WAYS = ['picture', 'layer', 'sticker', 'story', 'square', 'print', 'svg'] as const
export type Way = (typeof WAYS)[number]

/** Those that show doodles alone, and need one. */
export const DOODLES_ALONE: readonly Way[] = ['layer', 'sticker', 'svg']

/** Those into whose shape the photo is fitted, or which it fills. */
export const FRAMED: readonly Way[] = ['story', 'square', 'print']

/** Sides of paper in cm, the shorter first. */
export const PAPERS = { '9x13': [9, 13], '10x15': [10, 15], '13x18': [13, 18], '20x30': [20, 30] } as const
export type Paper = keyof typeof PAPERS

/** Dots per inch from which a print looks sharp in the hand. */
export const PRINT_DPI = 300
const CM_PER_INCH = 2.54

/** White rim of a sticker, as a share of the photo's longest side. */
const RIM = 0.012

/** What was chosen in the dialog. */
export interface OutputChoice {
  readonly way: Way
  /** Null: the way's own. */
  readonly format: Exclude<ExportFormat, 'svg'> | null
  /** JPEG and WebP, 0 .. 1 */
  readonly quality: number
  /** Of a sticker. */
  readonly border: boolean
  /** The photo fills the frame and is cut; else it is fitted into it. */
  readonly fill: boolean
  readonly paper: Paper
}

export const FIRST_CHOICE: OutputChoice = {
  way: 'picture',
  format: null,
  quality: 0.92,
  border: true,
  fill: true,
  paper: '10x15',
}

/** What is asked of the picture worker. */
export interface Output extends Shape {
  readonly format: ExportFormat
  readonly quality: number
  readonly withoutPhoto: boolean
}

interface Size {
  readonly width: number
  readonly height: number
}

export function formatOf({ way, format }: Pick<OutputChoice, 'way' | 'format'>): ExportFormat {
  if (way === 'svg') return 'svg'
  if (way === 'layer' || way === 'sticker') return 'png'
  return format ?? (way === 'picture' ? 'png' : 'jpeg')
}

/** @param middle of what a filled frame shall show, as shares of the photo */
export function outputOf(choice: OutputChoice, photo: Size, middle: readonly [number, number]): Output {
  const { way, quality, border, fill } = choice
  const size = frameSize(choice, photo)
  const frame: Frame | undefined =
    size === undefined ? undefined : { ...size, fill, ground: way === 'print' ? 'white' : 'soft', middle }
  return {
    format: formatOf(choice),
    quality,
    withoutPhoto: DOODLES_ALONE.includes(way),
    ...(way === 'sticker' ? { sticker: { rim: border ? RIM : 0 } } : {}),
    ...(frame === undefined ? {} : { frame }),
  }
}

/** Pixels of the file's frame; undefined where the file has the photo's own size. */
export function frameSize({ way, paper }: Pick<OutputChoice, 'way' | 'paper'>, photo: Size): Size | undefined {
  if (way === 'story') return { width: 1080, height: 1920 }
  if (way === 'square') return { width: 1080, height: 1080 }
  if (way !== 'print') return undefined
  const [short, long] = PAPERS[paper].map((cm) => Math.round((cm / CM_PER_INCH) * PRINT_DPI)) as [number, number]
  return photo.width > photo.height ? { width: long, height: short } : { width: short, height: long }
}

/** Centimetres in print at {@link PRINT_DPI}, to a tenth. */
export function printedSize({ width, height }: Size): Size {
  const cm = (pixels: number): number => Math.round((pixels / PRINT_DPI) * CM_PER_INCH * 10) / 10
  return { width: cm(width), height: cm(height) }
}

/** The photo's own pixels for each inch of the frame at {@link PRINT_DPI}. */
export function dotsPerInch(photo: Size, frame: Size, fill: boolean): number {
  const scales = [frame.width / photo.width, frame.height / photo.height] as const
  return Math.round(PRINT_DPI / (fill ? Math.max(...scales) : Math.min(...scales)))
}
