/** FLUX downloads in small, for tests: written as the reference code and as diffusers lay them out. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gaussian } from '../../src/engine/core/random'
import { sizeOf } from '../../src/engine/core/tensor'
import { fluxLinears, fluxNorms } from '../../src/engine/formats/flux-layers'
import { writeSafetensors } from '../../src/engine/formats/safetensors'
import { readRows, type StoredTensor, type WeightStore } from '../../src/engine/formats/weight-store'
import type { TransformerConfig } from '../../src/engine/models/transformer/config'

export const random = (shape: readonly number[], seed: number): StoredTensor => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(gaussian(seed, sizeOf(shape)).buffer),
})

/** A split file: `name-0000i-of-0000n.safetensors` and its index. */
async function writeSplit(
  folder: string,
  name: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  parts: number,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const number = (i: number) => String(i).padStart(5, '0')
  const fileOf = (i: number) => `${name}-${number(i + 1)}-of-${number(parts)}.safetensors`
  const list = [...tensors]
  for (let i = 0; i < parts; i++)
    await writeFile(join(folder, fileOf(i)), writeSafetensors(list.filter((_, t) => t % parts === i)))
  const map = Object.fromEntries(list.map(([tensor], t) => [tensor, fileOf(t % parts)]))
  await writeFile(join(folder, `${name}.safetensors.index.json`), JSON.stringify({ metadata: {}, weight_map: map }))
}

/** A transformer's folder as diffusers has it, in three parts. */
export async function writeDiffusersTransformer(
  folder: string,
  store: WeightStore,
  config: TransformerConfig,
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>()
  for (const { name, out, parts, swapHalves } of fluxLinears(config)) {
    for (const kind of ['weight', 'bias']) {
      for (const part of parts) {
        const rows = (first: number, count: number) => readRows(store, `${name}.${kind}`, first, count)
        if (!swapHalves) tensors.set(`${part.name}.${kind}`, await rows(part.row, part.rows))
        else {
          const [shift, scale] = [await rows(0, out / 2), await rows(out / 2, out / 2)]
          tensors.set(`${part.name}.${kind}`, {
            ...shift,
            shape: store.info(`${name}.${kind}`).shape,
            bytes: Uint8Array.of(...scale.bytes, ...shift.bytes),
          })
        }
      }
    }
  }
  for (const [reference, diffusers] of fluxNorms(config)) tensors.set(diffusers, await store.read(reference))
  await writeSplit(folder, 'diffusion_pytorch_model', tensors, 3)
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ _class_name: 'FluxTransformer2DModel', axes_dims_rope: config.axes_dim }),
  )
  return tensors
}

/**
 * diffusers' `vae/` from the reference's weights; its names written out by hand. Two levels of one resnet, as the
 * parity case has.
 */
export async function writeDiffusersVae(folder: string, store: WeightStore): Promise<void> {
  const rules: readonly (readonly [RegExp, string])[] = [
    [/^encoder\.down\.(\d)\.block\.(\d)\./, 'encoder.down_blocks.$1.resnets.$2.'],
    [/^encoder\.down\.0\.downsample\./, 'encoder.down_blocks.0.downsamplers.0.'],
    [/^decoder\.up\.1\.block\.(\d)\./, 'decoder.up_blocks.0.resnets.$1.'],
    [/^decoder\.up\.0\.block\.(\d)\./, 'decoder.up_blocks.1.resnets.$1.'],
    [/^decoder\.up\.1\.upsample\./, 'decoder.up_blocks.0.upsamplers.0.'],
    [/\.mid\.block_1\./, '.mid_block.resnets.0.'],
    [/\.mid\.block_2\./, '.mid_block.resnets.1.'],
    [/\.mid\.attn_1\.norm\./, '.mid_block.attentions.0.group_norm.'],
    [/\.mid\.attn_1\.([qkv])\./, '.mid_block.attentions.0.to_$1.'],
    [/\.mid\.attn_1\.proj_out\./, '.mid_block.attentions.0.to_out.0.'],
    [/nin_shortcut/, 'conv_shortcut'],
    [/\.norm_out\./, '.conv_norm_out.'],
  ]
  const tensors = new Map<string, StoredTensor>()
  for (const name of store.names()) {
    const renamed = rules.reduce((text, [pattern, words]) => text.replace(pattern, words), name)
    const stored = await store.read(name)
    const isLinear = /attentions\.0\.to_.*weight$/.test(renamed)
    tensors.set(renamed, isLinear ? { ...stored, shape: stored.shape.slice(0, 2) } : stored)
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'diffusion_pytorch_model.safetensors'), writeSafetensors(tensors))
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ _class_name: 'AutoencoderKL', scaling_factor: 0.3611, shift_factor: 0.1159 }),
  )
}

export const CLIP_CONFIG = {
  hidden_size: 32,
  intermediate_size: 64,
  vocab_size: 200,
  max_position_embeddings: 77,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  hidden_act: 'quick_gelu',
  layer_norm_eps: 1e-5,
  eos_token_id: 199,
}
const T5_CONFIG = {
  d_model: 64,
  d_kv: 32,
  num_heads: 3,
  d_ff: 128,
  num_layers: 2,
  vocab_size: 300,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  layer_norm_epsilon: 1e-6,
  feed_forward_proj: 'gated-gelu',
}

/** `text_encoder`, `text_encoder_2` and their tokenizers; the encoders' tensors written out by hand. */
export async function writeTextEncoders(root: string): Promise<void> {
  const clip = new Map<string, StoredTensor>()
  const add = (tensors: Map<string, StoredTensor>, name: string, ...shape: number[]) =>
    tensors.set(name, random(shape, tensors.size + 1))
  add(clip, 'text_model.embeddings.token_embedding.weight', 200, 32)
  add(clip, 'text_model.embeddings.position_embedding.weight', 77, 32)
  clip.set('text_model.embeddings.position_ids', { dtype: 'I64', shape: [1, 77], bytes: new Uint8Array(8 * 77) })
  for (const layer of [0, 1].map((i) => `text_model.encoder.layers.${i}`)) {
    for (const norm of ['layer_norm1', 'layer_norm2'])
      for (const kind of ['weight', 'bias']) add(clip, `${layer}.${norm}.${kind}`, 32)
    for (const linear of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) {
      add(clip, `${layer}.self_attn.${linear}.weight`, 32, 32)
      add(clip, `${layer}.self_attn.${linear}.bias`, 32)
    }
    add(clip, `${layer}.mlp.fc1.weight`, 64, 32)
    add(clip, `${layer}.mlp.fc1.bias`, 64)
    add(clip, `${layer}.mlp.fc2.weight`, 32, 64)
    add(clip, `${layer}.mlp.fc2.bias`, 32)
  }
  for (const kind of ['weight', 'bias']) add(clip, `text_model.final_layer_norm.${kind}`, 32)

  const t5 = new Map<string, StoredTensor>()
  add(t5, 'shared.weight', 300, 64)
  t5.set('encoder.embed_tokens.weight', t5.get('shared.weight')!)
  for (const block of [0, 1].map((i) => `encoder.block.${i}.layer`)) {
    for (const part of ['q', 'k', 'v']) add(t5, `${block}.0.SelfAttention.${part}.weight`, 96, 64)
    add(t5, `${block}.0.SelfAttention.o.weight`, 64, 96)
    add(t5, `${block}.0.layer_norm.weight`, 64)
    add(t5, `${block}.1.DenseReluDense.wi_0.weight`, 128, 64)
    add(t5, `${block}.1.DenseReluDense.wi_1.weight`, 128, 64)
    add(t5, `${block}.1.DenseReluDense.wo.weight`, 64, 128)
    add(t5, `${block}.1.layer_norm.weight`, 64)
  }
  add(t5, 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', 32, 3)
  add(t5, 'encoder.final_layer_norm.weight', 64)

  await mkdir(join(root, 'text_encoder'), { recursive: true })
  await writeFile(join(root, 'text_encoder/model.safetensors'), writeSafetensors(clip))
  await writeFile(join(root, 'text_encoder/config.json'), JSON.stringify(CLIP_CONFIG))
  await writeSplit(join(root, 'text_encoder_2'), 'model', t5, 2)
  await writeFile(join(root, 'text_encoder_2/config.json'), JSON.stringify(T5_CONFIG))
  for (const [folder, files] of [
    ['tokenizer', ['vocab.json', 'merges.txt']],
    ['tokenizer_2', ['tokenizer.json', 'spiece.model']],
  ] as const) {
    await mkdir(join(root, folder), { recursive: true })
    for (const file of files) await writeFile(join(root, folder, file), `${folder}/${file}`)
  }
}
