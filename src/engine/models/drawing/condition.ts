import { tensor, type Tensor } from '../../core/tensor'
import type { Matte } from '../../image/matte'
import { windowColours, windowMatte } from '../../image/window'
import type { RgbaImage } from '../../image/rgba-image'
import { matteTokens, MATTE_VALUES, PHOTO_PATCH, type Codec } from '../codec'
import type { Condition, TextStates } from '../conditioned/contract'
import type { ElementKind } from '../../image/element'
import { gridIds } from '../transformer/position-ids'
import type { Frame } from './frame'
import { PLACE_FEATURES, placeFeatures } from './place-features'

/** One element to be drawn, and where. */
export interface Framed {
  readonly frame: Frame
  readonly kind: ElementKind
  /** Its own words. */
  readonly words: TextStates
}

/**
 * What the drawing transformer is told of elements whose grids are equal.
 * @param matte the subject's, at any size; all 0 where there is none
 */
export async function drawingCondition(
  codec: Codec,
  photo: RgbaImage,
  matte: Matte,
  elements: readonly [Framed, ...Framed[]],
): Promise<Condition> {
  const { grid } = elements[0].frame
  const ids = gridIds(grid)
  const places = stacked(
    elements.map(({ frame, kind }) => placeFeatures(frame.box, kind, grid)),
    PLACE_FEATURES,
  )
  return {
    texts: elements.map(({ words }) => words),
    src: stacked(
      await Promise.all(elements.map(({ frame }) => photoTokens(codec, photo, matte, frame))),
      codec.photoComponents + MATTE_VALUES,
    ),
    srcIds: ids,
    // A layer's token carries the ids of the photo's token under it (position-encoding cloning, PhotoDoodle section
    // 3.2).
    noisyIds: ids,
    places: { src: places, noisy: places },
  }
}

/** Tokens [rows * columns, components + 16]: the photo in the frame at 16 px a token, and its matte. */
async function photoTokens(
  codec: Codec,
  photo: RgbaImage,
  matte: Matte,
  { window, grid }: Pick<Frame, 'window' | 'grid'>,
): Promise<Float32Array> {
  const { rows, columns } = grid
  const size = { width: columns * PHOTO_PATCH, height: rows * PHOTO_PATCH }
  const seen = await codec.photoTokens(windowColours(photo, window, size), grid)
  const width = codec.photoComponents + MATTE_VALUES
  const tokens = new Float32Array(rows * columns * width)
  const subject = matteTokens(
    windowMatte(matte, scaledWindow(window, matte.width / photo.width, matte.height / photo.height), size),
    grid,
  )
  for (let token = 0; token < rows * columns; token++) {
    tokens.set(seen.subarray(token * codec.photoComponents, (token + 1) * codec.photoComponents), token * width)
    tokens.set(
      subject.subarray(token * MATTE_VALUES, (token + 1) * MATTE_VALUES),
      token * width + codec.photoComponents,
    )
  }
  return tokens
}

/** The same part of a picture of another size. */
function scaledWindow({ left, top, width, height }: Frame['window'], across: number, down: number): Frame['window'] {
  return { left: left * across, top: top * down, width: width * across, height: height * down }
}

/** Rows of every element as [B, rows, values]. */
function stacked(parts: readonly Float32Array[], values: number): Tensor {
  const length = parts[0]!.length
  const all = tensor([parts.length, length / values, values])
  parts.forEach((part, i) => all.data.set(part, i * length))
  return all
}
