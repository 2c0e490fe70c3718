import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import { readTensor, type WeightStore } from '../../formats/weight-store'
import { GraphBuilder, type Graph, type WeightBinding } from '../../onnx/graph-builder'
import { openGraph, runSingle, type GraphRuntime, type GraphSession } from '../graph-runtime'
import type { Grid } from '../transformer/position-ids'
import { LAYER_CHANNELS } from './layer-pixels'

/** Side in pixels of the part of a layer that one token draws, and of the part of a photo that one sees. */
export const LAYER_PATCH = 32
export const PHOTO_PATCH = 16
const RGB = 3
const PHOTO_VALUES = PHOTO_PATCH * PHOTO_PATCH * RGB

/** nano's autoencoder: principal components of patches (training/model/codec.py). Decoding is one matrix product. */
export interface Codec {
  /** Components of a layer's token. */
  readonly components: number
  /** Components of a photo's token. */
  readonly photoComponents: number
  /**
   * @param pixels [16 rows, 16 columns, 3], 0..255
   * @returns [rows * columns, photoComponents]
   * @throws RuntimeFailed, DeviceLost
   */
  photoTokens(pixels: Float32Array, grid: Grid): Promise<Float32Array>
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
  const { shape } = store.info('photo.encode')
  const photoComponents = shape[1]
  if (
    components === undefined ||
    photoComponents === undefined ||
    mean.data.length !== PHOTO_VALUES ||
    shape[0] !== PHOTO_VALUES ||
    shape.length !== 2
  ) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `The codec's tensors are not those of ${PHOTO_PATCH} x ` +
        `${PHOTO_PATCH} and ${LAYER_PATCH} x ${LAYER_PATCH} pixel patches.`,
      'Download the model again.',
    )
  }
  return new LinearCodec(components, photoComponents, mean.data, {
    decode: await openGraph(runtime, decodeGraph(components), store),
    encode: await openGraph(runtime, photoGraph(photoComponents), store),
  })
}

/** `patches` [N, 16 * 16 * 3], less their mean -> `tokens` [N, components]. */
function photoGraph(components: number, binding?: WeightBinding): Graph {
  const g = new GraphBuilder('photo_encode', binding)
  const patches = g.input('patches', ['N', PHOTO_VALUES])
  g.output('tokens', g.node('MatMul', [patches, g.weight('photo.encode', [PHOTO_VALUES, components])]), [
    'N',
    components,
  ])
  return g.build()
}

/** `tokens` [rows, columns, components] -> `layer` [rows, 32, columns, 32 * 5]: their patches in their places. */
export function decodeGraph(components: number, binding?: WeightBinding): Graph {
  const g = new GraphBuilder('layer_decode', binding)
  const line = LAYER_PATCH * LAYER_CHANNELS
  const tokens = g.input('tokens', ['rows', 'columns', components])
  const patches = g.node('MatMul', [tokens, g.weight('layer.decode', [components, LAYER_PATCH * line])])
  const lines = g.node('Reshape', [patches, g.ints(0, 0, LAYER_PATCH, line)])
  g.output('layer', g.node('Transpose', [lines], { perm: [0, 2, 1, 3] }), ['rows', LAYER_PATCH, 'columns', line])
  return g.build()
}

class LinearCodec implements Codec {
  constructor(
    readonly components: number,
    readonly photoComponents: number,
    private readonly mean: Float32Array,
    private readonly sessions: { readonly decode: GraphSession; readonly encode: GraphSession },
  ) {}

  async photoTokens(pixels: Float32Array, { rows, columns }: Grid): Promise<Float32Array> {
    const patches = patchRows(pixels, { rows, columns }, PHOTO_PATCH, RGB)
    // Here and not by a bias: what is encoded is small, and so is then what float32 rounds off.
    centre(patches, this.mean)
    const feeds = { patches: tensor([rows * columns, PHOTO_VALUES], patches) }
    return (await runSingle(this.sessions.encode, feeds, 'tokens')).data
  }

  async decode(latents: Tensor, { rows, columns }: Grid): Promise<Tensor> {
    if (latents.dims.join() !== [rows * columns, this.components].join()) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `A layer's latents are [${latents.dims.join(', ')}] where [${rows * columns}, ${this.components}] are needed.`,
        'This is a defect; please report it.',
      )
    }
    const tokens = tensor([rows, columns, this.components], latents.data)
    const { data } = await runSingle(this.sessions.decode, { tokens }, 'layer')
    return tensor([rows * LAYER_PATCH, columns * LAYER_PATCH, LAYER_CHANNELS], data)
  }

  async dispose(): Promise<void> {
    for (const session of Object.values(this.sessions)) await session.release()
  }
}

/** Rows of 0..255 to 0..1, less the mean row. */
function centre(rows: Float32Array, mean: Float32Array): void {
  for (let start = 0; start < rows.length; start += mean.length)
    for (let i = 0; i < mean.length; i++) rows[start + i] = rows[start + i]! / 255 - mean[i]!
}

/**
 * A picture [rows * side, columns * side, channels] cut into patches [rows * columns, side * side * channels], each
 * row-major.
 */
export function patchRows(pixels: Float32Array, { rows, columns }: Grid, side: number, channels: number): Float32Array {
  const patches = new Float32Array(pixels.length)
  const length = side * channels
  for (let y = 0, from = 0; y < rows * side; y++) {
    for (let column = 0; column < columns; column++, from += length) {
      const token = Math.floor(y / side) * columns + column
      const to = (token * side + (y % side)) * length
      for (let i = 0; i < length; i++) patches[to + i] = pixels[from + i]!
    }
  }
  return patches
}
