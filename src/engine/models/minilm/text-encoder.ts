import { readText, type FileTree } from '../../core/byte-source'
import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import { openManifest } from '../../formats/manifest'
import { parseVocabulary, WordPiece, type TextSpan } from '../../tokenizers/wordpiece'
import { EmbeddingTable } from '../embedding-table'
import { openGraph, type GraphRuntime, type GraphSession } from '../graph-runtime'
import { bertGraph, parseBertConfig } from './bert-graph'

export interface EncodedText {
  /** Token states, float32 [L, hidden], unpadded. */
  readonly txt: Tensor
  /** Their mean, float32 [hidden], not normalised. */
  readonly pooled: Tensor
  /** L, [CLS] and [SEP] included. */
  readonly tokens: number
  /** Whether words had to be left out of the middle. */
  readonly truncated: boolean
}

/** An instruction to what the transformer reads. */
export interface TextEncoder {
  encode(text: string): Promise<EncodedText>
  dispose(): Promise<void>
}

/** A text whose tokens know what of it they stand for. */
export interface SpannedText extends EncodedText {
  /** Of every token [L]: its characters in the text, or undefined for [CLS] and [SEP]. */
  readonly spans: readonly (TextSpan | undefined)[]
}

export interface SpannedTextEncoder extends TextEncoder {
  encode(text: string): Promise<SpannedText>
}

/** Word pieces at the end of an instruction that are always kept: colours and places often stand there. */
const KEPT_TAIL = 12

/** Texts whose states are kept: what is typed is read again for every doodle of it. 10 kB a word or so. */
const KEPT_TEXTS = 64

/**
 * all-MiniLM-L6-v2, or any BERT encoder of that layout: a manifest folder with weights under Hugging Face's BertModel
 * names
 * and a config of {@link parseBertConfig}, and vocab.txt beside them.
 *
 * @param maxTokens longest sequence, [CLS] and [SEP] included
 * @throws MissingFile, BadManifest, BadShard, BadModel, MissingWeight, ShapeMismatch, RuntimeFailed
 */
export async function openMiniLM(
  tree: FileTree,
  folder: string,
  runtime: GraphRuntime,
  maxTokens: number,
): Promise<SpannedTextEncoder> {
  const store = await openManifest(tree, folder)
  const tokenizer = new WordPiece(parseVocabulary(await readText(await tree.open(`${folder}/vocab.txt`))))
  const config = parseBertConfig(store.config)
  if (!(maxTokens > KEPT_TAIL + 2 && maxTokens <= config.max_position_embeddings)) {
    throw new PhotodoodleError(
      'BadModel',
      `The text encoder reads ${KEPT_TAIL + 3} to ` +
        `${config.max_position_embeddings} tokens, the model asks for ${maxTokens}.`,
      'Fix maxTokens in model.json.',
    )
  }
  const table = (kind: string) => EmbeddingTable.open(store, `embeddings.${kind}_embeddings.weight`, config.hidden_size)
  const tables = { word: await table('word'), position: await table('position'), type: await table('token_type') }
  return new MiniLM(tokenizer, tables, await openGraph(runtime, bertGraph(config), store), maxTokens)
}

/**
 * Shortens word pieces to `room` by cutting before the last {@link KEPT_TAIL}: the beginning says what to draw, the end
 * often says how and where.
 */
export function cutMiddle<T>(pieces: readonly T[], room: number): T[] {
  if (pieces.length <= room) return [...pieces]
  return [...pieces.slice(0, room - KEPT_TAIL), ...pieces.slice(-KEPT_TAIL)]
}

class MiniLM implements SpannedTextEncoder {
  private readonly kept = new Map<string, Promise<SpannedText>>()

  constructor(
    private readonly tokenizer: WordPiece,
    private readonly tables: Readonly<Record<'word' | 'position' | 'type', EmbeddingTable>>,
    private readonly session: GraphSession,
    private readonly maxTokens: number,
  ) {}

  encode(text: string): Promise<SpannedText> {
    const known = this.kept.get(text)
    if (known !== undefined) return known
    const encoded = this.read(text)
    this.kept.set(text, encoded)
    // What could not be read is asked for anew.
    encoded.catch(() => this.kept.delete(text))
    if (this.kept.size > KEPT_TEXTS) this.kept.delete(this.kept.keys().next().value!)
    return encoded
  }

  private async read(text: string): Promise<SpannedText> {
    const pieces = this.tokenizer.pieces(text)
    const kept = cutMiddle(pieces, this.maxTokens - 2)
    const ids = [this.tokenizer.cls, ...kept.map(({ id }) => id), this.tokenizer.sep]
    const { states, pooled } = await this.session.run({ embeddings: this.embed(ids) })
    if (!states || !pooled)
      throw new PhotodoodleError(
        'RuntimeFailed',
        'The text encoder gave no states.',
        'This is a defect; please report it.',
      )
    return {
      txt: states,
      pooled,
      tokens: ids.length,
      truncated: kept.length < pieces.length,
      spans: [undefined, ...kept, undefined],
    }
  }

  async dispose(): Promise<void> {
    await this.session.release()
  }

  /** Sum of the word, position and (first) type rows, [L, hidden]. */
  private embed(ids: readonly number[]): Tensor {
    const { word, position, type } = this.tables
    const sum = tensor([ids.length, word.width])
    const sentence = type.row(0)
    ids.forEach((id, at) => {
      const token = word.row(id)
      const place = position.row(at)
      for (let i = 0; i < word.width; i++) sum.data[at * word.width + i] = token[i]! + place[i]! + sentence[i]!
    })
    return sum
  }
}
