import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import { readTensor, type WeightStore } from '../../formats/weight-store'
import { GraphBuilder, type Graph, type WeightBinding } from '../../onnx/graph-builder'
import { openGraph, runSingle, type GraphRuntime, type GraphSession } from '../graph-runtime'
import type { Grid } from '../transformer/position-ids'
import { LAYER_CHANNELS } from './layer-pixels'

/** Side in pixels of the part of a layer that one token draws, and of the part of a photo that one sees. */
const LAYER_PATCH = 32
export const PHOTO_PATCH = 16
const RGB = 3

/** nano's autoencoder: principal components of patches (training/model/codec.py). Decoding is one matrix product. */
export interface Codec {
  /** Components of a layer's token. */
  readonly components: number
  /** Components of a photo's token. */
  readonly photoComponents: number
  /**
   * @param pixels [16 rows, 16 columns, 3], 0..255
   * @returns [rows * columns, photoComponents]
   */
  photoTokens(pixels: Float32Array, grid: Grid): Float32Array
  /**
   * @param latents [rows * columns, components]
   * @returns [32 rows, 32 columns, 5]: colour and front premultiplied by alpha, 0..1 but for small errors, as
   *   layerPixels takes it
   * @throws ShapeMismatch, RuntimeFailed, DeviceLost
   */
  decode(latents: Tensor, grid: Grid): Promise<Tensor>
  dispose(): Promise<void>
}

/**
 * @param store `layer.decode` [K, 5120], `photo.mean` [768], `photo.encode` [768, P]
 * @throws MissingWeight, ShapeMismatch, RuntimeFailed
 */
export async function openCodec(store: WeightStore, runtime: GraphRuntime): Promise<Codec> {
  const [components] = store.info('layer.decode').shape
  const mean = await readTensor(store, 'photo.mean')
  const encode = await readTensor(store, 'photo.encode')
  const values = PHOTO_PATCH * PHOTO_PATCH * RGB
  if (
    components === undefined ||
    mean.data.length !== values ||
    encode.dims[0] !== values ||
    encode.dims.length !== 2
  ) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `The codec's tensors are not those of ${PHOTO_PATCH} x ` +
        `${PHOTO_PATCH} and ${LAYER_PATCH} x ${LAYER_PATCH} pixel patches.`,
      'Download the model again.',
    )
  }
  return new LinearCodec(components, mean.data, encode, await openGraph(runtime, decodeGraph(components), store))
}

/** `tokens` [N, components] -> `patches` [N, 32 * 32 * 5]. */
export function decodeGraph(components: number, binding?: WeightBinding): Graph {
  const g = new GraphBuilder('layer_decode', binding)
  const values = LAYER_PATCH * LAYER_PATCH * LAYER_CHANNELS
  g.output(
    'patches',
    g.node('MatMul', [g.input('tokens', ['N', components]), g.weight('layer.decode', [components, values])]),
    ['N', values],
  )
  return g.build()
}

class LinearCodec implements Codec {
  readonly photoComponents: number

  constructor(
    readonly components: number,
    private readonly mean: Float32Array,
    private readonly encode: Tensor,
    private readonly session: GraphSession,
  ) {
    this.photoComponents = encode.dims[1]!
  }

  photoTokens(pixels: Float32Array, { rows, columns }: Grid): Float32Array {
    const values = this.mean.length
    const patches = patchRows(pixels, { rows, columns }, PHOTO_PATCH, RGB)
    const { photoComponents: width, encode } = this
    const tokens = new Float32Array(rows * columns * width)
    const centred = new Float64Array(values)
    for (let token = 0; token < rows * columns; token++) {
      for (let i = 0; i < values; i++) centred[i] = patches[token * values + i]! / 255 - this.mean[i]!
      product(centred, encode.data, tokens.subarray(token * width, (token + 1) * width))
    }
    return tokens
  }

  async decode(latents: Tensor, { rows, columns }: Grid): Promise<Tensor> {
    if (latents.dims.join() !== [rows * columns, this.components].join()) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `A layer's latents are [${latents.dims.join(', ')}] where [${rows * columns}, ${this.components}] are needed.`,
        'This is a defect; please report it.',
      )
    }
    const { data } = await runSingle(this.session, { tokens: latents }, 'patches')
    return tensor(
      [rows * LAYER_PATCH, columns * LAYER_PATCH, LAYER_CHANNELS],
      unpatched(data, { rows, columns }, LAYER_PATCH, LAYER_CHANNELS),
    )
  }

  dispose(): Promise<void> {
    return this.session.release()
  }
}

/**
 * result = row matrix, four columns at a time so that their sums stay in registers.
 * @param matrix [row.length, result.length], row-major
 */
function product(row: Float64Array, matrix: Float32Array, result: Float32Array): void {
  const width = result.length
  for (let c = 0; c < width; c += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let i = 0, at = c; i < row.length; i++, at += width) {
      const value = row[i]!
      s0 += value * matrix[at]!
      s1 += value * matrix[at + 1]!
      s2 += value * matrix[at + 2]!
      s3 += value * matrix[at + 3]!
    }
    // A width that is no multiple of four leaves some out.
    result.set([s0, s1, s2, s3].slice(0, width - c), c)
  }
}

/**
 * A picture [rows * side, columns * side, channels] cut into patches [rows * columns, side * side * channels], each
 * row-major.
 */
export function patchRows(pixels: Float32Array, grid: Grid, side: number, channels: number): Float32Array {
  const patches = new Float32Array(pixels.length)
  eachLine(grid, side, channels, (inPicture, inPatches, length) =>
    patches.set(pixels.subarray(inPicture, inPicture + length), inPatches),
  )
  return patches
}

/** The inverse of {@link patchRows}. */
export function unpatched(patches: Float32Array, grid: Grid, side: number, channels: number): Float32Array {
  const pixels = new Float32Array(patches.length)
  eachLine(grid, side, channels, (inPicture, inPatches, length) =>
    pixels.set(patches.subarray(inPatches, inPatches + length), inPicture),
  )
  return pixels
}

/** Offsets of every row of every patch in the picture and among the patches, and its length. */
function eachLine(
  { rows, columns }: Grid,
  side: number,
  channels: number,
  visit: (inPicture: number, inPatches: number, length: number) => void,
): void {
  const length = side * channels
  for (let y = 0; y < rows * side; y++) {
    for (let column = 0; column < columns; column++) {
      const token = Math.floor(y / side) * columns + column
      visit((y * columns + column) * length, (token * side + (y % side)) * length, length)
    }
  }
}
