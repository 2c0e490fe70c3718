import { readText, type FileTree } from '../../core/byte-source'
import { tensor } from '../../core/tensor'
import { openManifest } from '../../formats/manifest'
import type { WeightStore } from '../../formats/weight-store'
import { parseClipBpe, type ClipBpe } from '../../tokenizers/clip-bpe'
import { checkWeights, embed, type EncoderGraphs, type TextModel } from '../encoder/text-model'
import type { HostFeed } from '../graph-runtime'
import { causalMask, clipGraphs, parseClipConfig, type ClipConfig } from './clip-graphs'

const TOKENS = 'text_model.embeddings.token_embedding.weight'
const POSITIONS = 'text_model.embeddings.position_embedding.weight'

/** CLIP's text model: weights under Hugging Face's CLIPTextModel names. */
export class ClipTextModel implements TextModel {
  readonly config: ClipConfig
  readonly graphs: EncoderGraphs

  /**
   * @param config text_encoder/config.json
   * @throws BadModel, MissingWeight, ShapeMismatch
   */
  constructor(
    readonly store: WeightStore,
    config: unknown = store.config,
  ) {
    this.config = parseClipConfig(config)
    this.graphs = clipGraphs(this.config)
    checkWeights(store, this.graphs, [TOKENS, POSITIONS], /\.position_ids$/)
  }

  async inputs(ids: readonly number[]): Promise<Readonly<Record<string, HostFeed>>> {
    const { hidden_size: hidden } = this.config
    const x = await embed(this.store, TOKENS, hidden, ids)
    const positions = await embed(
      this.store,
      POSITIONS,
      hidden,
      ids.map((_, at) => at),
    )
    return {
      x: tensor(
        [ids.length, hidden],
        x.map((value, i) => value + positions[i]!),
      ),
      mask: tensor([ids.length, ids.length], causalMask(ids.length)),
    }
  }
}

/**
 * A folder with manifest.json (its config is text_encoder/config.json), vocab.json and merges.txt.
 * @throws MissingFile, BadManifest, BadModel, MissingWeight, ShapeMismatch
 */
export async function openClip(
  tree: FileTree,
  folder: string,
): Promise<{ readonly model: ClipTextModel; readonly tokenizer: ClipBpe }> {
  const text = async (file: string): Promise<string> => readText(await tree.open(`${folder}/${file}`))
  const tokenizer = parseClipBpe(await text('vocab.json'), await text('merges.txt'))
  return { model: new ClipTextModel(await openManifest(tree, folder)), tokenizer }
}
