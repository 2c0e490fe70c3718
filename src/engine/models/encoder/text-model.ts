import { PhotodoodleError } from '../../core/errors'
import type { WeightStore } from '../../formats/weight-store'
import type { Graph } from '../../onnx/graph-builder'
import { EmbeddingTable } from '../embedding-table'
import type { HostFeed } from '../graph-runtime'
import type { LinearFormats } from './block-scope'

/** A graph and what its weights' names lack to be the store's. */
export interface EncoderPart {
  readonly graph: Graph
  readonly prefix: string
}

/**
 * A text model, either way it can be run. Both take {@link TextModel.inputs} and give `states` [tokens, hidden].
 */
export interface EncoderGraphs {
  /** All in one, float32 weights inside. */
  whole(): Graph
  /**
   * One after another, weights as inputs. A part's outputs are inputs of those after it, `x_next` under the name `x`.
   * Blocks
   * whose linears are stored alike have equal graphs.
   */
  parts(formats: LinearFormats): readonly EncoderPart[]
}

/** Everything of a text model but the running: weights, graphs, and what goes in for a text. */
export interface TextModel {
  readonly store: WeightStore
  readonly graphs: EncoderGraphs
  /** @param ids token ids [tokens] */
  inputs(ids: readonly number[]): Promise<Readonly<Record<string, HostFeed>>>
}

/**
 * Every weight there in the right shape, and none that nothing reads.
 * @param tables names of embedding tables, which no graph holds; EmbeddingTable checks their shapes
 * @param ignored weights that some files carry and that say nothing: buffers, second copies
 * @throws MissingWeight, ShapeMismatch, BadModel
 */
export function checkWeights(
  store: WeightStore,
  graphs: EncoderGraphs,
  tables: readonly string[],
  ignored: RegExp,
): void {
  const known = new Set(tables)
  for (const name of tables) store.info(name)
  for (const { name, dims } of graphs.whole().weights) {
    known.add(name)
    const { shape } = store.info(name)
    if (shape.join() !== dims.join()) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `${name} has shape [${shape.join(', ')}] where [${dims.join(', ')}] is needed.`,
        'Check that the weights belong to this config.',
      )
    }
  }
  const unknown = store.names().find((name) => !known.has(name) && !ignored.test(name))
  if (unknown !== undefined)
    throw new PhotodoodleError(
      'BadModel',
      `Nothing in this text encoder uses the weight ${unknown}.`,
      'Check that the weights belong to this config.',
    )
}

/**
 * Rows of a table for each id, float32 [ids, width]; the table is let go afterwards: T5-XXL's takes 66 MB in 4 bits.
 */
export async function embed(
  store: WeightStore,
  table: string,
  width: number,
  ids: readonly number[],
): Promise<Float32Array> {
  const opened = await EmbeddingTable.open(store, table, width)
  const rows = new Float32Array(ids.length * width)
  ids.forEach((id, at) => rows.set(opened.row(id), at * width))
  return rows
}
