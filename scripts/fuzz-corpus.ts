/**
 * `npx tsx scripts/fuzz-corpus.ts`: the first samples of tests/fuzz/corpus, small and valid; the fuzzer adds those that
 * reach further.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { packed } from '../src/ui/project/project-record'
import { drawn, recipe as asked, snapshot, doodle } from '../src/ui/project/testing'
import { writeRecipe } from '../src/ui/project/saved-recipe'
import { BLOCK_FORMATS } from '../src/engine/formats/gguf-blocks'
import { writeGguf } from '../src/engine/formats/gguf-testing'
import { writeSafetensors } from '../src/engine/formats/safetensors'
import { writeManifest } from '../src/engine/formats/write-manifest'
import { floatTensor, memoryStore } from '../src/engine/runtime/testing'
import { withPngText } from '../src/workers/png-text'

function keep(target: string, name: string, content: Uint8Array | string): void {
  const folder = join('tests/fuzz/corpus', target)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), content)
}

const tensor = { dtype: 'F32', shape: [2, 2], bytes: new Uint8Array(16) } as const
keep(
  'safetensors',
  'two',
  writeSafetensors(
    [
      ['a', tensor],
      ['b', tensor],
    ],
    { name: 'Ink', trigger: 'sksink' },
  ),
)
keep(
  'safetensors',
  'peft',
  writeSafetensors([['transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight', tensor]], {
    lora_adapter_metadata: JSON.stringify({
      'transformer.r': 2,
      'transformer.lora_alpha': 4,
      'transformer.alpha_pattern': { to_q: 1 },
    }),
  }),
)
keep('safetensors', 'none', writeSafetensors([], {}))

keep(
  'gguf',
  'plain',
  writeGguf(
    [
      { name: 'a', dims: [2, 3], type: 0, bytes: new Uint8Array(24) },
      { name: 'b', dims: [4], type: 30, bytes: new Uint8Array(8) },
    ],
    { 'general.architecture': 'flux', 'general.alignment': 32, 'comfy.gguf.orig_shape.b': [2, 2] },
  ),
)
keep(
  'gguf',
  'blocks',
  writeGguf(
    Object.entries(BLOCK_FORMATS).map(([type, { weights, bytes }]) => ({
      name: `w${type}`,
      dims: [weights, 2],
      type: Number(type),
      bytes: new Uint8Array(2 * bytes),
    })),
  ),
)

const files = new Map<string, Uint8Array>()
await writeManifest(
  memoryStore(
    new Map([
      ['a', floatTensor([3], new Float32Array(3))],
      ['b', floatTensor([2], new Float32Array(2))],
    ]),
  ),
  (file, bytes) => Promise.resolve(void files.set(file, bytes)),
  { shardBytes: 128 },
)
keep('manifest', 'two', files.get('manifest.json')!)
keep(
  'manifest',
  'quantised',
  JSON.stringify({
    format: 'photodoodle-manifest/1',
    config: null,
    shards: [{ file: 'shard-00000.bin', bytes: 256, sha256: '0'.repeat(64) }],
    tensors: {
      w: {
        dtype: 'Q8',
        shape: [2, 32],
        shard: 0,
        offset: 0,
        bytes: 64,
        scales: { dtype: 'F16', offset: 64, bytes: 4 },
      },
    },
  }),
)

keep(
  'loraNames',
  'diffusers',
  'transformer.transformer_blocks.0.attn.to_q.lora_A.weight\n' +
    'transformer.single_transformer_blocks.37.proj_out.lora_B.weight',
)
keep(
  'loraNames',
  'kohya',
  'lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight\nlora_unet_single_blocks_1_linear1.alpha\n' +
    'lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_up.weight',
)
keep(
  'loraNames',
  'xlabs',
  'double_blocks.0.processor.proj_lora1.down.weight\ndiffusion_model.single_blocks.0.linear2.lora_B.weight',
)

const photo = { id: 'a'.repeat(64), name: 'cat.jpg', width: 4, height: 4, subject: 'cat' }
const matte = { width: 2, height: 2, data: Uint8Array.of(0, 255, 9, 1) }
const { present } = drawn('a', 'b')
const text = await writeRecipe(photo, present, { id: 'nano', version: '1' }, matte)
keep('recipe', 'two', text)
keep(
  'recipe',
  'former',
  text
    .replace('recipe/2', 'recipe/1')
    .replaceAll('"elements":[', '"pixels":')
    .replace(/}\](?=,"prompt)/g, '}'),
)
const png = new Uint8Array(
  await sharp({ create: { width: 2, height: 2, channels: 3, background: '#68a' } })
    .png()
    .toBuffer(),
)
keep('pngRecipe', 'two', withPngText(png, 'photodoodle', text))
keep('pngRecipe', 'none', png)

const choice = { recipe: asked, target: null, seeds: [1, 2], doodles: [doodle('x')], shown: 0 }
keep('projectRecord', 'two', JSON.stringify(packed('one', snapshot(drawn('a', 'b'), { choice })).state))
keep('projectRecord', 'doodle', JSON.stringify(doodle('a')))

const plain = sharp({ create: { width: 5, height: 3, channels: 3, background: '#a63' } })
for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif'] as const)
  keep('image', format, await plain.clone().toFormat(format).toBuffer())
keep('image', 'turned', await plain.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer())
keep('image', 'svg', '<svg xmlns="http://www.w3.org/2000/svg" width="5" height="3"/>')

keep('modelDescription', 'nano', readFileSync('public/models/nano/model.json'))
