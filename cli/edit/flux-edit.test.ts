import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FileTree } from '../../src/engine/core/byte-source'
import { gaussian } from '../../src/engine/core/random'
import { writeSafetensors } from '../../src/engine/formats/safetensors'
import { rgbaImage, type RgbaImage } from '../../src/engine/image/rgba-image'
import type { StyleUse } from '../../src/engine/pipelines/style-set'
import { PhotoDoodle, type EditProgress, type EditRequest } from '../../src/engine/pipelines/photo-doodle'
import { CountingRuntime } from '../../src/engine/runtime/testing'
import { addStyle, convertStyle, transformerOf } from '../convert/flux-style'
import { random } from '../testing/flux-testing'
import { nodeFiles } from '../shared/node-files'
import { writeSmallFluxModel } from '../testing/small-flux-model'

// Whole edits, on machines that may be busy with other things.
vi.setConfig({ testTimeout: 600_000 })

let folder: string
let model: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'photodoodle-flux-edit-'))
  // Less work than 512 tokens of text and 1,536 of picture.
  model = await writeSmallFluxModel(folder)
}, 600_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const photo: RgbaImage = rgbaImage(
  100,
  80,
  Uint8ClampedArray.from(gaussian(3, 100 * 80 * 4), (value, i) => (i % 4 === 3 ? 255 : 128 + 40 * value)),
)
const edit: EditRequest = { what: { instruction: 'add a hat', styles: [] }, how: { seed: 5, steps: 3 } }

/** The model's files, and which of them were read. */
function watched(): { tree: FileTree; read: string[] } {
  const files = nodeFiles(model)
  const read: string[] = []
  const open: FileTree['open'] = async (path) => {
    const source = await files.open(path)
    return { size: source.size, read: (offset, length) => (read.push(path), source.read(offset, length)) }
  }
  return { tree: { open }, read }
}

describe('a converted FLUX model', () => {
  it('doodles, each part leaving memory before the next, and reads an instruction once', async () => {
    const runtime = new CountingRuntime(ort, { provider: 'cpu', threads: 1 })
    const { tree, read } = watched()
    const engine = await PhotoDoodle.load(tree, runtime)
    expect(engine.model).toMatchObject({ sequential: true, defaults: { steps: 20, guidance: 3.5 } })
    // What the transformer's styles keep; nothing else is there between its runs.
    const idle = runtime.weightBytes
    const at: [string, number][] = []
    const open: string[][] = []
    const previews: EditProgress['preview'][] = []
    const onProgress = ({ phase, step, preview }: EditProgress): void => {
      at.push([`${phase} ${step}`, runtime.weightBytes])
      open.push(
        [...runtime.sessions].filter(
          (name) => name.startsWith('autoencoder') || name.startsWith('t5') || name.startsWith('clip'),
        ),
      )
      if (preview) previews.push(preview)
    }
    const { layer, result, prompt } = await engine.edit(edit, { photo, onProgress })
    expect([result.width, result.height, layer.width, prompt]).toEqual([100, 80, 100, 'add a hat'])
    for (const [phase, bytes] of at) {
      if (/draw [1-9]/.test(phase)) expect(bytes).toBeGreaterThan(10 * idle)
      else expect(bytes).toBe(idle)
    }
    expect(open.flat()).toEqual([])
    expect([...runtime.opened].filter((name) => name.startsWith('autoencoder'))).toEqual([
      'autoencoder-kl encoder',
      'autoencoder-kl decoder',
    ])
    expect(at.map(([phase]) => phase)).toEqual([
      'prepare 0',
      'draw 0',
      'draw 1',
      'draw 2',
      'draw 3',
      'decode 3',
      'composite 3',
    ])
    // Two pixels a side for each of at most 16 tokens.
    expect(previews.map((preview) => [preview!.width, preview!.height])).toEqual([
      [8, 6],
      [8, 6],
      [8, 6],
    ])
    expect(new Set(previews[0]!.data).size).toBeGreaterThan(10)

    read.length = 0
    const again = await engine.edit(edit, { photo })
    expect(again.result.data).toEqual(result.data)
    expect(read.filter((path) => /^(t5|clip)\//.test(path))).toEqual([])
    expect(read.filter((path) => path.startsWith('transformer/')).length).toBeGreaterThan(0)
    await engine.dispose()
    expect(runtime.live.size).toBe(0)
  })

  it('gives the same picture with most of its blocks streamed from disk', async () => {
    const outcomes = []
    const peaks: number[] = []
    for (const memoryBudget of [Number.POSITIVE_INFINITY, 1_500_000]) {
      const runtime = new CountingRuntime(ort, { provider: 'cpu', threads: 1 })
      const engine = await PhotoDoodle.load(nodeFiles(model), runtime, { memoryBudget })
      outcomes.push(await engine.edit(edit, { photo }))
      await engine.dispose()
      peaks.push(runtime.mostWeightBytes)
    }
    expect(peaks[1]).toBeLessThanOrEqual(1_500_000)
    expect(peaks[1]).toBeLessThan(0.7 * peaks[0]!)
    expect(outcomes[1]!.layer.data).toEqual(outcomes[0]!.layer.data)
  })

  it('names a shard that was changed before it was read, and one that changed since', async () => {
    const path = join(model, 'transformer/shard-00000.bin')
    const original = await readFile(path)
    const engine = await PhotoDoodle.load(nodeFiles(model), new CountingRuntime(ort, { provider: 'cpu', threads: 1 }))
    const fails = async (name: string): Promise<void> => {
      await writeFile(
        path,
        original.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)),
      )
      await expect(engine.edit(edit, { photo })).rejects.toMatchObject({
        name,
        message: expect.stringContaining('shard-00000.bin') as string,
      })
    }
    await fails('BadShard')
    await writeFile(path, original)
    await engine.edit(edit, { photo })
    await fails('FileChanged')
    await writeFile(path, original)
    await engine.dispose()
  })

  it('stacks a LoRA that makes fewer steps do on a style', async () => {
    const { hidden_size: hidden } = (await transformerOf(model)) as { hidden_size: number }
    const lora = join(folder, 'lora.safetensors')
    for (const [seed, style] of (
      [
        { id: 'own', name: 'Own', trigger: 'sksown' },
        { id: 'turbo', name: 'Turbo', steps: 2 },
      ] as const
    ).entries()) {
      const module = `transformer.transformer_blocks.0.attn.to_${seed === 0 ? 'q' : 'v'}`
      await writeFile(
        lora,
        writeSafetensors([
          [`${module}.lora_A.weight`, random([4, hidden], seed + 1)],
          [`${module}.lora_B.weight`, random([hidden, 4], seed + 9)],
        ]),
      )
      await convertStyle(lora, {
        out: join(model, 'styles', style.id),
        dtype: 'f16',
        transformer: await transformerOf(model),
      })
      await addStyle(model, style)
    }
    const engine = await PhotoDoodle.load(nodeFiles(model), new CountingRuntime(ort, { provider: 'cpu', threads: 1 }))
    const styled = (styles: readonly StyleUse[], steps?: number) =>
      engine.edit(
        { what: { ...edit.what, styles }, how: { seed: 5, ...(steps === undefined ? {} : { steps }) } },
        { photo },
      )
    const stacked = await styled([
      { id: 'own', strength: 1 },
      { id: 'turbo', strength: 0.8 },
    ])
    expect([stacked.prompt, stacked.steps]).toEqual(['add a hat by sksown', 2])
    for (const id of ['own', 'turbo'])
      expect((await styled([{ id, strength: 1 }], 2)).layer.data).not.toEqual(stacked.layer.data)
    await engine.dispose()
  })
})
