/** A model that predicts layers in small, on random weights, for tests: the folder that training exports, of 1 MB. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gaussian } from '../../src/engine/core/random'
import { sizeOf } from '../../src/engine/core/tensor'
import type { StoredTensor, WeightStore } from '../../src/engine/formats/weight-store'
import { ELEMENT_KINDS } from '../../src/engine/image/element'
import { POINTER_DIM, SLOT_CHANNELS, SLOT_OUTPUTS } from '../../src/engine/models/layout/slots'
import { bertGraph } from '../../src/engine/models/minilm/bert-graph'
import type { ConditionedConfig } from '../../src/engine/models/conditioned/config'
import { conditionedWeights } from '../../src/engine/models/conditioned/weights'
import { floatTensor, memoryStore } from '../../src/engine/runtime/testing'
import { writeManifestFolder } from '../shared/node-files'

const TEXT = 32
/**
 * Components of a layer's token and of a photo's, matte values of a token, features of the matting network, values that
 * tell a place.
 */
const [LAYER, PHOTO, MATTE, FEATURES, PLACE] = [8, 16, 16, 192, 29]
const [SLOT, KINDS, POINTER] = [SLOT_CHANNELS, ELEMENT_KINDS.length, POINTER_DIM]
const SLOTS = 3
const RANK = 4

const SIZES = {
  vec_in_dim: TEXT,
  context_in_dim: TEXT,
  hidden_size: 64,
  mlp_ratio: 4,
  num_heads: 1,
  depth: 1,
  depth_single_blocks: 1,
  axes_dim: [8, 28, 28],
  theta: 10_000,
  qkv_bias: true,
  guidance_embed: false,
  position_embed: true,
} as const
const DRAWING: ConditionedConfig = {
  ...SIZES,
  in_channels: LAYER,
  out_channels: LAYER,
  src_channels: PHOTO + MATTE,
  place_channels: PLACE,
  pointer_dim: 0,
}
const LAYOUT: ConditionedConfig = {
  ...SIZES,
  in_channels: SLOT,
  out_channels: SLOT_OUTPUTS,
  src_channels: FEATURES + MATTE + 1,
  place_channels: 0,
  pointer_dim: POINTER,
}
const BERT = {
  hidden_size: TEXT,
  num_attention_heads: 2,
  num_hidden_layers: 1,
  intermediate_size: 64,
  layer_norm_eps: 1e-12,
  max_position_embeddings: 64,
}

export const TINY_STYLES = ['monster', 'magic'] as const

/** Every word of small letters is read, letter by letter. */
const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz')
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...LETTERS, ...LETTERS.map((letter) => `##${letter}`)]

/**
 * Writes the model; all of its box slots hold a box near the middle of the photo.
 * @param styles ids of its styles, each of other random weights
 * @returns the folder written
 */
export async function writeTinyLayerModel(
  folder: string,
  seed = 1,
  styles: readonly string[] = TINY_STYLES,
): Promise<string> {
  const write = (path: string, tensors: ReadonlyMap<string, StoredTensor>, config: unknown = {}): Promise<number> =>
    writeManifestFolder(join(folder, path), { ...memoryStore(tensors), config } satisfies WeightStore)
  await mkdir(join(folder, 'text-encoder'), { recursive: true })
  await writeFile(join(folder, 'model.json'), JSON.stringify(tinyDescription(styles), null, 2))
  await write('text-encoder', randomTensors(textShapes(), seed), BERT)
  await writeFile(join(folder, 'text-encoder/vocab.txt'), VOCABULARY.join('\n'))
  await write('layout', withBoxes(randomTensors([...conditionedWeights(LAYOUT)], seed + 1000)), LAYOUT)
  await write('drawing', randomTensors([...conditionedWeights(DRAWING)], seed + 2000), DRAWING)
  await write(
    'codec',
    randomTensors(
      [
        ['layer.decode', [LAYER, 32 * 32 * 5]],
        ['photo.mean', [16 * 16 * 3]],
        ['photo.encode', [16 * 16 * 3, PHOTO]],
      ],
      seed + 3000,
    ),
  )
  for (const [i, id] of styles.entries())
    await write(`styles/${id}`, randomTensors(styleShapes(), seed + 4000 + 100 * i), { name: id, base: 'tiny 0' })
  return folder
}

export function tinyDescription(styles: readonly string[] = TINY_STYLES): object {
  return {
    format: 'photodoodle-model/1',
    id: 'nano',
    name: 'Tiny',
    version: '0',
    prediction: 'layer',
    execution: 'whole',
    text_encoder: { kind: 'minilm', path: 'text-encoder', max_tokens: 64 },
    layout: { path: 'layout', config: LAYOUT, slots: SLOTS, steps: 2, shift: 2 },
    drawing: { path: 'drawing', config: DRAWING, shift: 3 },
    codec: { path: 'codec' },
    defaults: { steps: 2, cfg_scale: 1, cfg_above_sigma: 0.4 },
    styles: styles.map((id) => ({ id, name: id, path: `styles/${id}` })),
  }
}

type Shapes = readonly (readonly [name: string, dims: readonly number[]])[]

function textShapes(): Shapes {
  const table = (kind: string, rows: number): Shapes[number] => [`embeddings.${kind}_embeddings.weight`, [rows, TEXT]]
  return [
    ...bertGraph(BERT).weights.map(({ name, dims }) => [name, dims] as const),
    table('word', VOCABULARY.length),
    table('position', BERT.max_position_embeddings),
    table('token_type', 2),
  ]
}

function styleShapes(): Shapes {
  const hidden = SIZES.hidden_size
  return ['drawing', 'layout'].flatMap((network) =>
    ['q', 'v'].flatMap((side): Shapes => {
      const module = `${network}.transformer_blocks.0.attn.to_${side}`
      return [
        [`${module}.lora_A.weight`, [RANK, hidden]],
        [`${module}.lora_B.weight`, [hidden, RANK]],
      ]
    }),
  )
}

/** Gaussian, of about the size that keeps activations near 1; norms near 1. */
function randomTensors(shapes: Shapes, seed: number): Map<string, StoredTensor> {
  return new Map(
    shapes.map(([name, dims], i) => {
      const isNorm = /norm/i.test(name)
      const scale = isNorm ? 0.1 : 0.7 / Math.sqrt(dims.at(-1) ?? 1)
      return [
        name,
        floatTensor(
          dims,
          gaussian(seed + i, sizeOf(dims)).map((value) => scale * value + (isNorm && !name.endsWith('bias') ? 1 : 0)),
        ),
      ]
    }),
  )
}

/**
 * The same network, which says of every slot that there is a box of a quarter of each side in the middle, or near it.
 */
function withBoxes(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const outputs = LAYOUT.out_channels
  const bias = new Float32Array(outputs)
  bias[0] = 3
  // The first anchor: no rule moves a box.
  bias[SLOT + KINDS + POINTER] = 3
  tensors.set('final_layer.linear.bias', floatTensor([outputs], bias))
  tensors.set(
    'final_layer.linear.weight',
    floatTensor(
      [outputs, SIZES.hidden_size],
      gaussian(7, outputs * SIZES.hidden_size).map((value) => 0.02 * value),
    ),
  )
  return tensors
}
