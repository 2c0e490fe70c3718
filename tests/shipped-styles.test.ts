import * as ort from 'onnxruntime-node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { embeddedModel } from '../cli/model'
import { nodeFiles } from '../cli/node-files'
import { relativeL2 } from '../src/engine/core/tensor'
import { openManifest } from '../src/engine/formats/manifest'
import type { StoredTensor } from '../src/engine/formats/weight-store'
import type { RgbaImage } from '../src/engine/image/rgba-image'
import type { Adapter } from '../src/engine/lora/adapter'
import { readLora } from '../src/engine/lora/read-lora'
import { parseTransformerConfig, type TransformerConfig } from '../src/engine/models/transformer/config'
import { PhotoDoodle, type EditOutcome } from '../src/engine/pipelines/photo-doodle'
import type { StyleUse } from '../src/engine/pipelines/style-set'
import { TransformerDenoiser, type DenoiseInput } from '../src/engine/runtime/denoiser'
import { Runtime } from '../src/engine/runtime/runtime'
import { memoryStore, merged, randomInput } from '../src/engine/runtime/testing'

/** The shipped model and its real styles, on the CPU provider. */
vi.setConfig({ testTimeout: 300_000 })
const tree = nodeFiles(embeddedModel)
const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })

describe('the network', () => {
  let config: TransformerConfig
  let weights: Map<string, StoredTensor>
  let magic: Adapter
  let edge: Adapter
  let input: DenoiseInput

  beforeAll(async () => {
    const store = await openManifest(tree, 'transformer')
    config = parseTransformerConfig(store.config)
    weights = new Map(await Promise.all(store.names().map(async (name) => [name, await store.read(name)] as const)))
    const style = async (id: string) => readLora(await openManifest(tree, `styles/${id}`), config)
    ;[magic, edge] = await Promise.all([style('magic'), style('edge')])
    input = randomInput(config, [1, 0.7, 0.3, 0], { rows: 5, columns: 4, text: 9 })
  })

  const open = (stored: ReadonlyMap<string, StoredTensor> = weights) => TransformerDenoiser.create(runtime, memoryStore(stored), config, { execution: 'whole' })
  const denoise = async (denoiser: TransformerDenoiser): Promise<Float32Array> => {
    const run = await denoiser.start(input)
    for (let i = 0; i < run.steps; i++) await run.step()
    const { data } = await run.latents()
    await run.dispose()
    return data
  }
  const fresh = async (list: readonly { adapter: Adapter; strength: number }[], stored?: ReadonlyMap<string, StoredTensor>) => {
    const denoiser = await open(stored)
    await denoiser.setAdapters(list)
    const latents = await denoise(denoiser)
    await denoiser.dispose()
    return latents
  }

  test('with style B after style A, or after a mix, is bit for bit the network that never saw another', async () => {
    const alone = await fresh([{ adapter: edge, strength: 1 }])
    const bare = await fresh([])
    const denoiser = await open()
    await denoiser.setAdapters([{ adapter: magic, strength: 1 }])
    expect(relativeL2(await denoise(denoiser), alone)).toBeGreaterThan(1e-2)
    await denoiser.setAdapters([{ adapter: edge, strength: 1 }])
    expect(await denoise(denoiser)).toEqual(alone)
    await denoiser.setAdapters([{ adapter: magic, strength: 0.7 }, { adapter: edge, strength: 0.5 }])
    expect(await denoise(denoiser)).not.toEqual(alone)
    await denoiser.setAdapters([{ adapter: edge, strength: 1 }])
    expect(await denoise(denoiser)).toEqual(alone)
    await denoiser.setAdapters([])
    expect(await denoise(denoiser)).toEqual(bare)
    await denoiser.dispose()
  })

  test('with two styles is the dense merge W + s1 B1 A1 + s2 B2 A2, in either order', async () => {
    const [first, second] = [{ adapter: magic, strength: 0.7 }, { adapter: edge, strength: 0.5 }]
    const dense = await fresh([], merged(merged(weights, magic, 0.7), edge, 0.5))
    const denoiser = await open()
    const error = async (list: readonly { adapter: Adapter; strength: number }[]) => {
      await denoiser.setAdapters(list)
      return relativeL2(await denoise(denoiser), dense)
    }
    expect(await error([first, second])).toBeLessThan(1e-5)
    expect(await error([second, first])).toBeLessThan(1e-5)
    // Either style missing, or at another strength, would be seen.
    for (const list of [[first], [second], [first, { ...second, strength: 0.45 }], []]) expect(await error(list)).toBeGreaterThan(1e-3)
    await denoiser.dispose()
  })
})

describe('an edit', () => {
  let engine: PhotoDoodle
  let photo: RgbaImage

  beforeAll(async () => {
    engine = await PhotoDoodle.load(tree, runtime)
    const { data, info } = await sharp('public/samples/cat.jpg').resize(144, 160, { fit: 'cover' }).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    photo = { width: info.width, height: info.height, data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length) }
  })
  afterAll(() => engine.dispose())

  const edit = (styles: readonly StyleUse[], instruction = 'add a golden crown on the cat'): Promise<EditOutcome> => engine.edit({ photo, styles, instruction, seed: 5, steps: 1, cfgScale: 1 })
  const mix = [{ id: 'magic', strength: 0.7 }, { id: 'edge', strength: 0.5 }]

  test('at strength 0 is an edit without a style; a mix carries both triggers, whichever is named first; nothing of it stays', async () => {
    const edge = await edit([{ id: 'edge', strength: 0.5 }])
    const plain = await edit([])
    const off = await edit([{ id: 'magic', strength: 0 }, { id: 'monster', strength: 0 }])
    expect([off.prompt, off.layer]).toEqual(['add a golden crown on the cat', plain.layer])
    expect(edge.layer).not.toEqual(plain.layer)

    const mixed = await edit(mix)
    expect(mixed.prompt).toBe('add a golden crown on the cat by sksmagiceffects and sksedgeeffect')
    const turned = await edit([...mix].reverse())
    expect([turned.prompt, turned.layer]).toEqual([mixed.prompt, mixed.layer])
    expect(mixed.layer).not.toEqual(edge.layer)

    expect((await edit([{ id: 'edge', strength: 0.5 }])).layer).toEqual(edge.layer)
  })

  test('names an unknown style and those there are', async () => {
    await expect(edit([{ id: 'magik', strength: 1 }])).rejects.toMatchObject({ name: 'UnknownStyle', message: expect.stringMatching(/"magik".*monster, magic/) as string })
  })
})
