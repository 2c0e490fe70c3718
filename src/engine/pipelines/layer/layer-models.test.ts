import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesSource, type FileTree } from '../../core/byte-source'
import { PhotodoodleError } from '../../core/errors'
import { relativeL2, tensor } from '../../core/tensor'
import { writeManifest } from '../../formats/write-manifest'
import type { StoredTensor } from '../../formats/weight-store'
import { rgbaImage } from '../../image/rgba-image'
import { layerPixels, openCodec } from '../../models/codec'
import { SLOT_OUTPUTS } from '../../models/layout/slots'
import type { ConditionedConfig } from '../../models/conditioned/config'
import { conditionedWeights } from '../../models/conditioned/weights'
import type { ElementKind } from '../../image/element'
import { Runtime } from '../../runtime/runtime'
import { floatTensor, memoryStore, randomAdapter, randomTensor, randomWeights, TINY } from '../../runtime/testing'
import { openManifest } from '../../formats/manifest'
import { openDrawing, type DrawingRequest, type DrawingTask } from './drawing-model'
import { openLayout } from './layout-model'

const DRAWING: ConditionedConfig = {
  ...TINY,
  depth: 1,
  depth_single_blocks: 1,
  in_channels: 8,
  out_channels: 8,
  src_channels: 4 + 16,
  place_channels: 29,
  pointer_dim: 0,
  position_embed: true,
}
const LAYOUT: ConditionedConfig = {
  ...DRAWING,
  in_channels: 5,
  out_channels: SLOT_OUTPUTS,
  src_channels: 2 + 17,
  place_channels: 0,
  pointer_dim: 32,
}
const CODEC = new Map(
  (
    [
      ['layer.decode', [8, 5120]],
      ['photo.mean', [768]],
      ['photo.encode', [768, 4]],
    ] as const
  ).map(([name, shape], i) => [
    name as string,
    floatTensor(
      shape,
      randomTensor(shape, i).data.map((value) => 0.05 * value),
    ),
  ]),
)

const files = new Map<string, Uint8Array<ArrayBuffer>>()
const store = (folder: string, weights: ReadonlyMap<string, StoredTensor>) =>
  writeManifest(memoryStore(weights), (file, bytes) => Promise.resolve(void files.set(`${folder}/${file}`, bytes)))
await store('drawing', randomWeights(DRAWING, 1, conditionedWeights(DRAWING)))
await store('layout', randomWeights(LAYOUT, 2, conditionedWeights(LAYOUT)))
await store('codec', CODEC)
const tree: FileTree = {
  open: (path) => {
    const bytes = files.get(path)
    return bytes
      ? Promise.resolve(bytesSource(bytes))
      : Promise.reject(new PhotodoodleError('MissingFile', `There is no ${path}.`, ''))
  },
}

const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
const codec = await openCodec(await openManifest(tree, 'codec'), runtime)
const description = { path: 'drawing', config: DRAWING, shift: 3 }
const drawing = await openDrawing(tree, description, codec, runtime)
const layout = await openLayout(tree, { path: 'layout', config: LAYOUT, slots: 16, steps: 3, shift: 2 }, runtime)
afterAll(async () => {
  await drawing.dispose()
  await layout.dispose()
  await codec.dispose()
})

const photo = rgbaImage(
  96,
  48,
  Uint8ClampedArray.from({ length: 96 * 48 * 4 }, (_, i) => (i * 37) % 256),
)
const matte = { width: 24, height: 12, alpha: Uint8Array.from({ length: 288 }, (_, i) => (i % 24 < 12 ? 255 : 0)) }
const words = (length: number) => ({
  txt: randomTensor([length, 40], length),
  pooled: randomTensor([24], 100 + length),
})
const task = (length: number, left = 0.3, kind: ElementKind = 'front'): DrawingTask => ({
  plan: { box: { left, top: 0.2, width: 0.2, height: 0.5 }, kind },
  text: words(length),
})
const draw = (tasks: readonly DrawingTask[], options: Partial<DrawingRequest> = {}) =>
  drawing.draw({ photo, matte, tasks, seed: 5, steps: 2, ...options })

describe('a drawing', () => {
  it('gives every task its latents and place, in order, crops and whole elements mixed', async () => {
    const drawn = await draw([task(3), task(2, 0, 'whole'), task(5, 0.9)])
    expect(drawn.map(({ grid }) => [grid.rows, grid.columns])).toEqual([
      [8, 8],
      [8, 16],
      [8, 8],
    ])
    expect(drawn.map(({ latents }) => latents.dims)).toEqual([
      [64, 8],
      [128, 8],
      [64, 8],
    ])
    expect(drawn[1]!.place).toEqual({ left: 0, top: 0, width: 1, height: 1 })
    expect(drawn[2]!.place.left + drawn[2]!.place.width).toBeGreaterThan(1)
    // In pixels a square.
    expect(drawn[0]!.place.width * 96).toBeCloseTo(drawn[0]!.place.height * 48, 9)
    const { image, front } = layerPixels(await codec.decode(drawn[1]!.latents, drawn[1]!.grid))
    expect([image.width, image.height, front.length]).toEqual([512, 256, 512 * 256])
  })

  it('of one element does not depend on what is drawn after it', async () => {
    const [alone] = await draw([task(3)])
    const [beside] = await draw([task(3), task(6, 0.7)])
    expect(relativeL2(beside!.latents.data, alone!.latents.data)).toBeLessThan(1e-5)
  })

  it('of one of several is the same alone, from its own noise', async () => {
    const second = task(6, 0.7)
    const [, beside] = await draw([task(3), second])
    const [alone] = await draw([{ ...second, plan: { ...second.plan, noise: 1 } }])
    const [other] = await draw([second])
    expect(relativeL2(alone!.latents.data, beside!.latents.data)).toBeLessThan(1e-5)
    expect(relativeL2(other!.latents.data, beside!.latents.data)).toBeGreaterThan(1e-3)
  })

  it('follows seed, words, matte, guidance and style', async () => {
    const [plain] = await draw([task(3)])
    const different = async (tasks: readonly DrawingTask[], options: Partial<DrawingRequest> = {}) =>
      relativeL2((await draw(tasks, options))[0]!.latents.data, plain!.latents.data)
    expect(await different([task(3)])).toBe(0)
    expect(await different([task(3)], { seed: 6 })).toBeGreaterThan(1e-3)
    expect(await different([task(4)])).toBeGreaterThan(1e-3)
    expect(await different([task(3)], { matte: { ...matte, alpha: new Uint8Array(288) } })).toBeGreaterThan(1e-3)
    expect(await different([task(3)], { guidance: { scale: 2, aboveSigma: 0.5, negative: words(2) } })).toBeGreaterThan(
      1e-3,
    )
    expect(await different([task(3)], { guidance: { scale: 1, aboveSigma: 0.5, negative: words(2) } })).toBe(0)
    expect(await different([task(3)], { guidance: { scale: 2, aboveSigma: 1, negative: words(2) } })).toBe(0)
    await drawing.setAdapters([{ adapter: randomAdapter(DRAWING, 3, 2), strength: 1 }])
    expect(await different([task(3)])).toBeGreaterThan(1e-3)
    await drawing.setAdapters([])
    expect(await different([task(3)])).toBe(0)
  })

  it('reports every call once and stops where it is told to', async () => {
    const steps: number[] = []
    await draw([task(3), task(2, 0, 'whole')], { onStep: (step) => Promise.resolve(void steps.push(step)) })
    expect(steps).toEqual([1, 2])
    await expect(
      draw([task(3)], { onStep: () => Promise.reject(new PhotodoodleError('Cancelled', 'Stopped.', '')) }),
    ).rejects.toMatchObject({ name: 'Cancelled' })
    await expect(draw([])).resolves.toEqual([])
  })

  it('needs a network that fits the codec', async () => {
    await expect(
      openDrawing(tree, { ...description, config: { ...DRAWING, src_channels: 80 } }, codec, runtime),
    ).rejects.toMatchObject({ name: 'BadModel' })
    await expect(codec.decode(tensor([63, 8]), { rows: 8, columns: 8 })).rejects.toMatchObject({
      name: 'ShapeMismatch',
    })
  })
})

describe('a layout', () => {
  const subject = { matte, features: randomTensor([144, 2], 9), heads: randomTensor([144, 7], 10) }
  const text = {
    ...words(4),
    tokens: 4,
    truncated: false,
    spans: [undefined, { start: 0, end: 3 }, { start: 4, end: 9 }, undefined],
  }

  it('is the same for the same seed, with words inside the instruction', async () => {
    const found = await layout.layout({ text, subject, aspect: 2, seed: 4 })
    expect(await layout.layout({ text, subject, aspect: 2, seed: 4 })).toEqual(found)
    expect(found.length).toBeLessThanOrEqual(16)
    for (const {
      box,
      words: { start, end },
    } of found) {
      expect(box.width * box.height).toBeGreaterThan(0)
      expect(start >= 0 && end <= 9 && start <= end).toBe(true)
    }
  })

  it('can be stopped between steps', async () => {
    await expect(
      layout.layout({
        text,
        subject,
        aspect: 2,
        seed: 4,
        onStep: () => Promise.reject(new PhotodoodleError('Cancelled', 'Stopped.', '')),
      }),
    ).rejects.toMatchObject({ name: 'Cancelled' })
  })
})
