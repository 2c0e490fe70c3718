import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sizeOf } from '../../src/engine/core/tensor'
import { writeGguf } from '../../src/engine/formats/gguf-testing'
import { writeSafetensors } from '../../src/engine/formats/safetensors'
import type { StoredDType, StoredTensor } from '../../src/engine/formats/weight-store'
import { pair, scalar, type Tensors } from '../../src/engine/lora/testing'
import { cutJpeg, HEIC_FILES, quadrants } from '../../tests/photo-kinds'
import { registerDoctor } from './doctor'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What the doctor says of a file, and whether it works. */
async function ask(path: string): Promise<{ text: string; works: boolean }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const program = new Command()
    registerDoctor(program)
    await program.parseAsync(['doctor', path], { from: 'user' })
    return { text: log.mock.calls.flat().join('\n').replaceAll(path, 'FILE'), works: process.exitCode !== 1 }
  } finally {
    log.mockRestore()
    process.exitCode = undefined
  }
}

const zeros = (shape: number[], dtype: StoredDType = 'F32'): StoredTensor => ({
  dtype,
  shape,
  bytes: new Uint8Array(sizeOf(shape) * (dtype === 'F32' ? 4 : 1)),
})
const weights = (tensors: Tensors) => (): Promise<Uint8Array> =>
  Promise.resolve(writeSafetensors(Object.entries(tensors)))
/** The tensors that tell a FLUX.1. @param channels of the picture's embedder: 64, or more for Fill and Control */
const flux = (channels: number, prefix = '', dtype: StoredDType = 'F8_E4M3'): Tensors => ({
  [`${prefix}img_in.weight`]: zeros([8, channels], dtype),
  [`${prefix}guidance_in.in_layer.weight`]: zeros([8, 8], dtype),
  [`${prefix}double_blocks.0.img_attn.qkv.weight`]: zeros([24, 8], dtype),
})
const q = 'transformer_blocks.0.attn.to_q'
const BMP =
  '424d3a0000000000000036000000280000000100000001000000010018000000000004000000130b0000130b000000000000000000001e28dc00'

test.each<[file: string, make: () => Promise<Uint8Array>, works: boolean, says: RegExp]>([
  ['dog.jpg', () => quadrants().jpeg().toBuffer(), true, /a jpeg picture of 64 x 48.*\n.*page and on the command line/],
  ['named.jpg', () => quadrants().png().toBuffer(), true, /a png picture/],
  ['a.avif', () => quadrants().avif().toBuffer(), true, /an avif picture/],
  ['scan.tiff', () => quadrants().tiff().toBuffer(), true, /a tiff picture.*\n.*on the command line; browsers do not/],
  [
    'old.bmp',
    () => Promise.resolve(Buffer.from(BMP, 'hex')),
    true,
    /a bmp picture of 1 x 1.*\n.*opens on the page;.*PNG/,
  ],
  ['phone.heic', HEIC_FILES[1]!.bytes, false, /HEIC.*\n.*Most Compatible/],
  ['cut.jpg', cutJpeg, false, /damaged.*\n.*again/],
  [
    'lora.safetensors',
    weights(pair(q, 3072, 3072, 2)),
    true,
    /LoRA for FLUX\.1-dev of 1 linears, rank 2, as F32\n.*--style FILE/,
  ],
  [
    'with-text.sft',
    weights({ ...pair(`_orig_mod.${q}`, 3072, 3072, 1), 'text_encoder.text_model.x': scalar(1), step: scalar(1) }),
    true,
    /a LoRA for FLUX\.1-dev.*\n.*2 keys of text encoders and bookkeeping are left out/,
  ],
  ['oft.safetensors', weights({ [`transformer.${q}.oft_R.weight`]: scalar(1) }), false, /an OFT.*\n.*plain LoRA/],
  ['dora.safetensors', weights({ [`transformer.${q}.dora_scale`]: scalar(1) }), false, /a DoRA.*\n.*plain LoRA/],
  [
    'flux1-dev-fp8.safetensors',
    weights(flux(64)),
    true,
    /FLUX\.1-dev, the transformer alone, as F8_E4M3\n.*convert --flux FILE/,
  ],
  [
    'all-in-one.safetensors',
    weights({
      ...flux(64, 'model.diffusion_model.'),
      'vae.decoder.conv_in.weight': zeros([1]),
      'text_encoders.clip_l.transformer.text_model.embeddings.position_embedding.weight': zeros([1]),
      'text_encoders.t5xxl.transformer.shared.weight': zeros([1]),
    }),
    true,
    /an all-in-one file: transformer, autoencoder, clip, t5.*\n.*convert --flux/,
  ],
  [
    'flux1-dev-Q8_0.gguf',
    () =>
      Promise.resolve(
        writeGguf(
          Object.entries(flux(64, '', 'F32')).map(([name, { shape }], i) => ({
            name,
            dims: [...shape].reverse(),
            type: i === 0 ? 8 : 0,
            bytes: new Uint8Array(i === 0 ? (sizeOf(shape) / 32) * 34 : 4 * sizeOf(shape)),
          })),
        ),
      ),
    true,
    /FLUX\.1-dev.*GGUF \(2 F32, 1 Q8_0\)\n.*convert --flux FILE/,
  ],
  ['fill.safetensors', weights(flux(384)), false, /FLUX\.1 Fill.*\n.*Give FLUX\.1-dev/],
  ['flux1-kontext-dev.safetensors', weights(flux(64)), false, /FLUX\.1 Kontext.*\n.*Give FLUX\.1-dev/],
  [
    'nf4.safetensors',
    weights({ ...flux(64), 'img_in.weight.quant_state.bitsandbytes__nf4': zeros([4]) }),
    false,
    /bitsandbytes nf4\n.*bf16, fp8 or GGUF/,
  ],
])('%s', async (file, make, works, says) => {
  const path = join(folder, file)
  await writeFile(path, await make())
  expect(await ask(path)).toEqual({ text: expect.stringMatching(says) as string, works })
})

test('a file of gigabytes that is nothing known is no defect of the doctor', async () => {
  const path = join(folder, 'noise.bin')
  await writeFile(
    path,
    Uint8Array.from({ length: 4096 }, (_, i) => (i * 131 + (i >> 3)) % 256),
  )
  await truncate(path, 3e9)
  expect(await ask(path)).toEqual({
    text: expect.stringMatching(/larger than 2 GB.*\n.*picture/) as string,
    works: false,
  })
})
