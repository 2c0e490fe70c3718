import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import type { Graph } from '../../onnx/graph-builder'
import type { WeightStore } from '../../formats/weight-store'
import { openGraph, runSingle, type GraphRuntime, type GraphSession } from '../graph-runtime'

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

/**
 * An autoencoder from its two graphs and their weights.
 * @throws MissingWeight, ShapeMismatch, RuntimeFailed
 */
export async function openAutoencoder(graphs: AutoencoderGraphs, store: WeightStore, runtime: GraphRuntime): Promise<Autoencoder> {
  const encoder = await openGraph(runtime, graphs.encoder, store)
  const decoder = await openGraph(runtime, graphs.decoder, store)
  return new GraphAutoencoder(graphs, encoder, decoder)
}

class GraphAutoencoder implements Autoencoder {
  constructor(private readonly graphs: AutoencoderGraphs, private readonly encoder: GraphSession, private readonly decoder: GraphSession) {}

  async encode(image: Tensor): Promise<Tensor> {
    const [channels, height, width] = image.dims
    const { reduction, range: [low, high] } = this.graphs
    if (image.dims.length !== 3 || channels !== 3 || height! % reduction !== 0 || width! % reduction !== 0) {
      throw new PhotodoodleError('ShapeMismatch', `The autoencoder takes pictures [3, H, W] with sides that are multiples of ${reduction}, got [${image.dims.join(', ')}].`, 'Fit the photo to the model first (fitSize).')
    }
    const data = image.data.map((value) => low + value * (high - low))
    return unbatched(await runSingle(this.encoder, { image: tensor([1, ...image.dims], data) }, 'latents'))
  }

  async decode(latents: Tensor): Promise<Tensor> {
    const [low, high] = this.graphs.range
    const { dims, data } = unbatched(await runSingle(this.decoder, { latents: tensor([1, ...latents.dims], latents.data) }, 'image'))
    return tensor(dims, data.map((value) => (value - low) / (high - low)))
  }

  async dispose(): Promise<void> {
    await this.encoder.release()
    await this.decoder.release()
  }
}

function unbatched({ dims, data }: Tensor): Tensor {
  return tensor(dims.slice(1), data)
}
