import { minFilter } from './mask'
import type { PixelBox } from './place'
import { resampledRows } from './resample'
import { rgbaImage, type RgbaImage } from './rgba-image'

/**
 * Where a doodle may be: coverage 0 (outside) .. 255 (inside), row-major, `data.length = width * height`. It lies over
 * the whole photo at any resolution.
 */
export interface RegionMask {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** Longest side on which the soft edge is made; finer would not be seen. */
const EDGE_SIDE = 1024

/** Depth of the soft edge as a share of the longest side. */
const EDGE_SHARE = 1 / 120

/**
 * The layer kept inside the region: its alpha times the region's, with an edge that softens inwards only. Where the
 * region is 0 the result's alpha is exactly 0. Returns a new layer of the same size.
 */
export function confine(layer: RgbaImage, region: RegionMask): RgbaImage {
  const { width, height } = layer
  const result = rgbaImage(width, height, layer.data.slice())
  let y = 0
  for (const soft of softened(region, width, height)) {
    const row = nearest(y, height, region.height) * region.width
    for (let x = 0, at = y * width * 4 + 3; x < width; x++, at += 4) {
      const inside = region.data[row + nearest(x, width, region.width)]!
      result.data[at] = inside === 0 ? 0 : (result.data[at]! * soft[x]!) / 255
    }
    y++
  }
  return result
}

/** The mean of the region eroded by 0, 1, 2 ... pixels: a ramp from the edge inwards. Rows [width] of 0..255. */
function softened(region: RegionMask, width: number, height: number): Generator<Float32Array, void, undefined> {
  const scale = Math.min(1, EDGE_SIDE / Math.max(width, height))
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
  let eroded = resizeRegion(region, size.width, size.height)
  const depth = Math.round(Math.max(size.width, size.height) * EDGE_SHARE)
  const sum = eroded.slice()
  for (let i = 0; i < depth; i++) {
    eroded = minFilter(eroded, size, 1)
    for (let at = 0; at < sum.length; at++) sum[at] = sum[at]! + eroded[at]!
  }
  const read = (y: number, row: Float32Array) => {
    for (let x = 0; x < size.width; x++) row[x] = sum[y * size.width + x]! / (depth + 1)
  }
  return resampledRows({ ...size, channels: 1, toWidth: width, toHeight: height, up: 'linear', read })
}

/** Coverage [width * height], 0..255, by area average or linear enlarging. */
export function resizeRegion(region: RegionMask, width: number, height: number): Float32Array {
  const plane = new Float32Array(width * height)
  let at = 0
  const read = (y: number, row: Float32Array) => {
    row.set(region.data.subarray(y * region.width, (y + 1) * region.width))
  }
  for (const row of resampledRows({
    width: region.width,
    height: region.height,
    channels: 1,
    toWidth: width,
    toHeight: height,
    up: 'linear',
    read,
  })) {
    plane.set(row, at)
    at += width
  }
  return plane
}

/** Coverage from which a sample counts as inside: the faint noise of a mask that was a JPEG does not. */
const INSIDE = 128

/**
 * The smallest box of the photo's pixels around the region's samples that are at least half covered; undefined when
 * there is none.
 */
export function regionBox(
  { width, height, data }: RegionMask,
  photo: { readonly width: number; readonly height: number },
): PixelBox | undefined {
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width)
    const first = row.findIndex((value) => value >= INSIDE)
    if (first < 0) continue
    left = Math.min(left, first)
    right = Math.max(
      right,
      row.findLastIndex((value) => value >= INSIDE),
    )
    top = Math.min(top, y)
    bottom = y
  }
  if (bottom < 0) return undefined
  const [across, down] = [photo.width / width, photo.height / height]
  const [x, y] = [Math.floor(left * across), Math.floor(top * down)]
  return { left: x, top: y, width: Math.ceil((right + 1) * across) - x, height: Math.ceil((bottom + 1) * down) - y }
}

/** Which of `samples` stretched over `pixels` covers the middle of a pixel. */
function nearest(pixel: number, pixels: number, samples: number): number {
  return Math.min(samples - 1, Math.floor(((pixel + 0.5) * samples) / pixels))
}

/** The layer with what the mask covers taken away: alpha times (1 - coverage). Untouched where the mask is 0. */
export function cutOut(layer: RgbaImage, mask: RegionMask): RgbaImage {
  const { width, height } = layer
  const result = rgbaImage(width, height, layer.data.slice())
  const covered = resizeRegion(mask, width, height)
  for (let i = 0; i < covered.length; i++) {
    if (covered[i] !== 0) result.data[4 * i + 3] = (result.data[4 * i + 3]! * (255 - covered[i]!)) / 255
  }
  return result
}
