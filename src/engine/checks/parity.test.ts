import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import type { FileTree } from '../core/byte-source'
import { bytesSource } from '../core/byte-source'
import { Runtime } from '../runtime/runtime'
import { runParityCase } from './parity'
import type { ParityOptions } from './parity'

const cases = fileURLToPath(new URL('../../../tests/parity', import.meta.url))
const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })

/** The parity cases, with some files changed. */
function tree(
  change: (path: string, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (_, bytes) => bytes,
): FileTree {
  return { open: async (path) => bytesSource(change(path, new Uint8Array(await readFile(`${cases}/${path}`)))) }
}

const variants: readonly ParityOptions[] = (['whole', 'blocks'] as const).flatMap((execution) =>
  (['fused', 'primitive'] as const).map((attention) => ({ execution, attention })),
)

describe('the reference code', () => {
  describe.each(['transformer-guidance', 'transformer-bf16-no-guidance', 'lora-diffusers', 'lora-kohya', 'denoise'])(
    '%s',
    (name) => {
      it.each(variants)('is met: %j', async (options) => {
        const figures = await runParityCase(tree(), name, runtime, options)
        expect(figures.length).toBe(name === 'denoise' ? 7 : 1)
        // Observed: at most 3e-5 here; the cases' own tolerance is 2e-4 to 5e-4.
        for (const figure of figures) expect(figure.relL2, figure.tensor).toBeLessThan(Math.min(figure.tolerance, 1e-4))
      })
    },
  )

  it('is met by the autoencoder', async () => {
    const figures = await runParityCase(tree(), 'vae', runtime)
    expect(figures.map((figure) => figure.tensor)).toEqual(['latents', 'image'])
    for (const figure of figures) expect(figure.relL2, figure.tensor).toBeLessThan(figure.tolerance)
  })
})

describe('networks whose condition is computed once', () => {
  const ways: readonly ParityOptions[] = (['keep', 'dequantize'] as const).flatMap((quantized) =>
    (['initializers', 'inputs'] as const).map((weightBinding) => ({ quantized, weightBinding })),
  )
  const figuresOf = { 'conditioned-drawing': 2, 'conditioned-layout': 2, drawing: 4, layout: 8, codec: 3 }

  describe.each(Object.entries(figuresOf))('%s', (name, count) => {
    it.each(name === 'codec' ? [{}] : ways)('is met: %j', async (options) => {
      const figures = await runParityCase(tree(), name, runtime, options)
      expect(figures).toHaveLength(count)
      // Observed: at most 2e-6.
      for (const figure of figures) expect(figure.relL2, figure.tensor).toBeLessThan(1e-5)
    })
  })
})

describe('half precision', () => {
  it.each([
    'transformer-guidance',
    'transformer-bf16-no-guidance',
    'lora-diffusers',
    'lora-kohya',
    'denoise',
    'transformer-diffusers',
    'lora-diffusers-peft',
  ])('meets %s within 1e-2', async (name) => {
    const figures = await runParityCase(tree(), name, runtime, { execution: 'blocks', precision: 'f16' })
    for (const { relL2, tensor, tolerance } of figures) {
      expect(tolerance, tensor).toBe(tensor === 'sigmas' ? 5e-4 : 1e-2)
      expect(relL2, tensor).toBeLessThan(tolerance)
    }
    // Otherwise nothing was computed in halves.
    expect(figures.at(-1)!.relL2).toBeGreaterThan(1e-5)
  })
})

describe('diffusers and peft, by the files they save', () => {
  describe.each(['transformer-diffusers', 'lora-diffusers-peft'])('%s', (name) => {
    it.each(variants)('is met: %j', async (options) => {
      const figures = await runParityCase(tree(), name, runtime, options)
      expect(figures.map((figure) => figure.tensor)).toEqual(['velocity'])
      // Observed: at most 7e-7.
      for (const figure of figures) expect(figure.relL2, figure.tensor).toBeLessThan(1e-5)
    })
  })

  it('is met by the autoencoder of four levels', async () => {
    const figures = await runParityCase(tree(), 'vae-diffusers', runtime)
    expect(figures.map((figure) => figure.tensor)).toEqual(['latents', 'image'])
    // Observed: 2.2e-6.
    for (const figure of figures) expect(figure.relL2, figure.tensor).toBeLessThan(2e-5)
  })
})

describe('the text encoders of transformers', () => {
  it.each(['clip', 't5'].flatMap((name) => (['whole', 'blocks'] as const).map((execution) => ({ name, execution }))))(
    'are met: %j',
    async ({ name, execution }) => {
      const figures = await runParityCase(tree(), name, runtime, { execution })
      expect(figures.map((figure) => figure.tensor)).toEqual(name === 'clip' ? ['states', 'pooled'] : ['states'])
      // Observed: 2.6e-7 for CLIP, 2.9e-6 for T5.
      for (const figure of figures) expect(figure.relL2, figure.tensor).toBeLessThan(1e-5)
    },
  )
})

describe('runParityCase', () => {
  it('sees a wrong expectation and a forgotten LoRA', async () => {
    const edit = (replace: (json: string) => string) =>
      tree((path, bytes) =>
        path.endsWith('case.json') ? new TextEncoder().encode(replace(new TextDecoder().decode(bytes))) : bytes,
      )
    const [weak] = await runParityCase(
      edit((json) => json.replace('"strength": 0.8', '"strength": 0.7')),
      'lora-diffusers',
      runtime,
    )
    expect(weak!.relL2).toBeGreaterThan(weak!.tolerance)
    const without = (file: string) =>
      runParityCase(
        edit((json) =>
          json.replace(new RegExp(`(?<="file": "${file}\\.safetensors",\\s*"strength": )0\\.\\d`), '0.01'),
        ),
        'lora-diffusers-peft',
        runtime,
      )
    for (const file of ['style', 'turbo']) expect((await without(file))[0]!.relL2).toBeGreaterThan(0.01)
    const [turned] = await runParityCase(
      edit((json) => json.replace(/"grid": \[\s*6,\s*4\s*\]/, '"grid": [4, 6]')),
      'transformer-guidance',
      runtime,
    )
    expect(turned!.relL2).toBeGreaterThan(turned!.tolerance)
    await expect(
      runParityCase(
        edit((json) => json.replace('"kind": "vae"', '"kind": "dance"')),
        'vae',
        runtime,
      ),
    ).rejects.toMatchObject({ name: 'BadRequest', message: expect.stringContaining('"dance"') as string })
  })
})
