import { readText, type FileTree } from '../../core/byte-source'
import { tensor } from '../../core/tensor'
import { openManifest } from '../../formats/manifest'
import type { WeightStore } from '../../formats/weight-store'
import { parseT5Unigram, type T5Unigram } from '../../tokenizers/t5-unigram'
import { checkWeights, embed, type EncoderGraphs, type TextModel } from '../encoder/text-model'
import type { HostFeed } from '../graph-runtime'
import { relativePositionBuckets } from './relative-positions'
import { parseT5Config, t5Graphs, type T5Config } from './t5-graphs'

const TOKENS = 'shared.weight'

/** T5's encoder: weights under Hugging Face's T5EncoderModel names. */
export class T5Encoder implements TextModel {
  readonly config: T5Config
  readonly graphs: EncoderGraphs

  /**
   * @param config text_encoder_2/config.json
   * @throws BadModel, MissingWeight, ShapeMismatch
   */
  constructor(
    readonly store: WeightStore,
    config: unknown = store.config,
  ) {
    this.config = parseT5Config(config)
    this.graphs = t5Graphs(this.config)
    // A second name of shared.weight, where a file was written with tied tensors.
    checkWeights(store, this.graphs, [TOKENS], /^encoder\.embed_tokens\.weight$/)
  }

  async inputs(ids: readonly number[]): Promise<Readonly<Record<string, HostFeed>>> {
    const {
      d_model: hidden,
      relative_attention_num_buckets: buckets,
      relative_attention_max_distance: distance,
    } = this.config
    const x = tensor([ids.length, hidden], await embed(this.store, TOKENS, hidden, ids))
    return {
      x,
      buckets: { dims: [ids.length, ids.length], data: relativePositionBuckets(ids.length, buckets, distance) },
    }
  }
}

/**
 * A folder with manifest.json (its config is text_encoder_2/config.json) and tokenizer.json.
 * @throws MissingFile, BadManifest, BadModel, MissingWeight, ShapeMismatch
 */
export async function openT5(
  tree: FileTree,
  folder: string,
): Promise<{ readonly model: T5Encoder; readonly tokenizer: T5Unigram }> {
  const tokenizer = parseT5Unigram(await readText(await tree.open(`${folder}/tokenizer.json`)))
  return { model: new T5Encoder(await openManifest(tree, folder)), tokenizer }
}
