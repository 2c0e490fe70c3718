import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import type { Graph } from '../../onnx/graph-builder'
import type { WeightStore } from '../../formats/weight-store'
import { checkShapes, openGraph, runSingle, type GraphRuntime, type GraphSession } from '../graph-runtime'
import { inTiles, type Tiling } from './tiling'

/** Photo to latents and back. Latents are in the scaled space that FLUX transformers work in. */
export interface Autoencoder {
  /**
   * @param image float32 [3, H, W] in 0..1, H and W multiples of the reduction (8 for FLUX.1's latent space)
   * @returns float32 [channels, H / 8, W / 8]
   */
  encode(image: Tensor): Promise<Tensor>
  /**
   * @param latents float32 [channels, h, w]
   * @returns float32 [3, 8 h, 8 w], nominally 0..1, not clamped
   */
  decode(latents: Tensor): Promise<Tensor>
  dispose(): Promise<void>
}

/** How a family of autoencoders is drawn, and the picture range its graphs use. */
export interface AutoencoderGraphs {
  /** input `image` [1, 3, H, W], output `latents` [1, channels, h, w] */
  readonly encoder: Graph
  /** input `latents`, output `image` */
  readonly decoder: Graph
  /** Pixels per latent along one side. */
  readonly reduction: number
  /** Range of the graphs' pictures. */
  readonly range: readonly [number, number]
}

export interface AutoencoderOptions {
  /** Each half is opened when it is used and leaves memory afterwards. Default false: both stay open. */
  readonly sequential?: boolean
  /** Default: pictures of any size at once. Side and overlap are multiples of the reduction. */
  readonly tiling?: Tiling
}

/**
 * An autoencoder from its two graphs and their weights.
 * @throws MissingWeight, ShapeMismatch, RuntimeFailed
 */
export async function openAutoencoder(
  graphs: AutoencoderGraphs,
  store: WeightStore,
  runtime: GraphRuntime,
  { sequential = false, tiling }: AutoencoderOptions = {},
): Promise<Autoencoder> {
  const half = async (graph: Graph): Promise<Half> => {
    checkShapes(graph, store)
    return new Half(
      () => openGraph(runtime, graph, store),
      sequential ? undefined : await openGraph(runtime, graph, store),
    )
  }
  return new GraphAutoencoder(graphs, await half(graphs.encoder), await half(graphs.decoder), tiling)
}

/** The encoder or the decoder: open all the time, or only during a use. */
class Half {
  constructor(
    private readonly open: () => Promise<GraphSession>,
    private readonly kept: GraphSession | undefined,
  ) {}

  async use<T>(job: (session: GraphSession) => Promise<T>): Promise<T> {
    if (this.kept) return job(this.kept)
    const session = await this.open()
    try {
      return await job(session)
    } finally {
      await session.release()
    }
  }

  async dispose(): Promise<void> {
    await this.kept?.release()
  }
}

class GraphAutoencoder implements Autoencoder {
  constructor(
    private readonly graphs: AutoencoderGraphs,
    private readonly encoder: Half,
    private readonly decoder: Half,
    private readonly tiling: Tiling | undefined,
  ) {}

  encode(image: Tensor): Promise<Tensor> {
    const [channels, height, width] = image.dims
    const {
      reduction,
      range: [low, high],
    } = this.graphs
    if (image.dims.length !== 3 || channels !== 3 || height! % reduction !== 0 || width! % reduction !== 0) {
      return Promise.reject(
        new PhotodoodleError(
          'ShapeMismatch',
          'The autoencoder takes pictures [3, H, W] with sides that are ' +
            `multiples of ${reduction}, got [${image.dims.join(', ')}].`,
          'Fit the photo to the model first (fitSize).',
        ),
      )
    }
    const { side = Number.POSITIVE_INFINITY, overlap = 0 } = this.tiling ?? {}
    const ranged = tensor(
      image.dims,
      image.data.map((value) => low + value * (high - low)),
    )
    return this.encoder.use((session) =>
      inTiles(ranged, { tile: side, overlap, scale: 1 / reduction, align: reduction }, (part) =>
        runOne(session, 'image', part, 'latents'),
      ),
    )
  }

  async decode(latents: Tensor): Promise<Tensor> {
    const {
      reduction,
      range: [low, high],
    } = this.graphs
    const { side = Number.POSITIVE_INFINITY, overlap = 0 } = this.tiling ?? {}
    const { dims, data } = await this.decoder.use((session) =>
      inTiles(latents, { tile: side / reduction, overlap: overlap / reduction, scale: reduction, align: 1 }, (part) =>
        runOne(session, 'latents', part, 'image'),
      ),
    )
    return tensor(
      dims,
      data.map((value) => (value - low) / (high - low)),
    )
  }

  async dispose(): Promise<void> {
    await this.encoder.dispose()
    await this.decoder.dispose()
  }
}

/** The graphs have a batch axis of one. */
async function runOne(session: GraphSession, input: string, { dims, data }: Tensor, output: string): Promise<Tensor> {
  const result = await runSingle(session, { [input]: tensor([1, ...dims], data) }, output)
  return tensor(result.dims.slice(1), result.data)
}
