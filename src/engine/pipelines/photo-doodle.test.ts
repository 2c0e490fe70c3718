import { describe, expect, it } from 'vitest'
import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { gaussian } from '../core/random'
import type { RegionMask } from '../image/region'
import { rgbaImage } from '../image/rgba-image'
import { floatTensor, memoryStore } from '../runtime/testing'
import { standIn, STAND_IN_MODEL, type KnownThing, type StandIn } from './layer/testing'
import { PhotoDoodle, type EditContext, type EditOutcome, type EditRequest } from './photo-doodle'

const photo = rgbaImage(
  80,
  60,
  Uint8ClampedArray.from(gaussian(3, 80 * 60 * 4), (value, i) => (i % 4 === 3 ? 255 : 128 + 40 * value)),
)
const crown: KnownThing = {
  word: 'a golden crown',
  box: { left: 0.25, top: 0.25, width: 0.5, height: 0.5 },
  kind: 'both',
}
const star: KnownThing = { word: 'a star', box: { left: 0.75, top: 0, width: 0.25, height: 0.25 }, kind: 'front' }
const empty: FileTree = {
  open: (path) => Promise.reject(new PhotodoodleError('MissingFile', `There is no ${path}.`, '')),
}
const request: EditRequest = { what: { instruction: 'add a golden crown', styles: [] }, how: { seed: 5 } }
const saying = (instruction: string): Pick<EditRequest, 'what'> => ({ what: { ...request.what, instruction } })

const engineOf = (parts: StandIn): PhotoDoodle => PhotoDoodle.ofLayerParts(STAND_IN_MODEL, parts, empty, parts)
const edit = (
  parts: StandIn,
  change: Partial<EditRequest> = {},
  context: Partial<EditContext> = {},
): Promise<EditOutcome> => engineOf(parts).edit({ ...request, ...change }, { photo, ...context })

/** Pixels that differ from the photo, by a test of their place. */
function changed({ result }: EditOutcome, where: (x: number, y: number) => boolean): number {
  let count = 0
  for (let i = 0; i < 80 * 60; i++)
    if (where(i % 80, Math.floor(i / 80)) && [0, 1, 2, 3].some((c) => result.data[4 * i + c] !== photo.data[4 * i + c]))
      count++
  return count
}

describe('a model that predicts layers', () => {
  it('lays out, draws each thing from its own words, gives elements; calls are timed and in order', async () => {
    const parts = standIn([crown, star])
    const phases: string[] = []
    const outcome = await edit(parts, saying('add a golden crown and a star'), {
      onProgress: ({ phase, step, steps }) => void phases.push(`${phase} ${step}/${steps}`),
    })
    expect(outcome.elements.map(({ words, kind, box }) => ({ word: words, kind, box }))).toEqual([crown, star])
    expect(parts.seen.texts).toEqual(['add a golden crown and a star', 'a golden crown', 'a star'])
    expect(parts.seen.drawings[0]!.tasks.map(({ plan }) => plan.words)).toEqual(['a golden crown', 'a star'])
    expect(phases).toEqual([
      'prepare 0/2',
      'layout 0/2',
      'layout 0/2',
      'draw 0/2',
      'draw 1/2',
      'draw 2/2',
      'decode 2/2',
      'composite 2/2',
    ])
    expect(outcome).toMatchObject({ empty: false, prompt: 'add a golden crown and a star', seed: 5, steps: 2 })
    expect(Object.keys(outcome.millis)).toEqual(['prepare', 'layout', 'draw', 'decode', 'composite', 'total'])
    expect(outcome.coverage).toBeCloseTo(0.25 + 1 / 16, 2)
  })

  it('hides behind the subject what does not lie in front of it, and leaves every other sample as it was', async () => {
    const behind = await edit(standIn([crown], { front: 0 }))
    expect(changed(behind, (x, y) => x >= 20 && x < 40 && y >= 15 && y < 45)).toBe(600)
    expect(changed(behind, (x, y) => !(x >= 20 && x < 40 && y >= 15 && y < 45))).toBe(0)
    const hidden = await edit(
      standIn([{ ...crown, box: { left: 0.6, top: 0.2, width: 0.3, height: 0.3 } }], { front: 0 }),
    )
    expect([hidden.empty, changed(hidden, () => true)]).toEqual([true, 0])
  })

  it('takes the subject that it is given instead of looking for it', async () => {
    const parts = standIn([crown], { front: 0 })
    const subject = await parts.find(photo)
    await edit(parts, {}, { subject })
    expect(parts.seen.photos).toBe(1)
    const all = { ...subject, matte: { width: 1, height: 1, alpha: Uint8Array.of(255) } }
    expect((await edit(parts, {}, { subject: all })).empty).toBe(true)
  })

  it('goes behind the subject that was chosen or painted, wherever another was found', async () => {
    const parts = standIn([crown], { front: 0 })
    const none = { width: 1, height: 1, data: Uint8Array.of(0) }
    const free = await edit(parts, { where: { matte: none } })
    const all = { width: 1, height: 1, data: Uint8Array.of(255) }
    const hidden = await edit(parts, { where: { matte: all } })
    expect([changed(free, () => true) > 600, hidden.empty, changed(hidden, () => true)]).toEqual([true, true, 0])
    expect(parts.seen.layouts.map(({ subject }) => subject.matte.alpha)).toEqual([none.data, all.data])
  })

  it('refuses a subject that is not as large as it says', async () => {
    const matte = { width: 2, height: 2, data: Uint8Array.of(255) }
    await expect(edit(standIn([crown]), { where: { matte } })).rejects.toMatchObject({ name: 'BadRequest' })
  })

  it('says where it would draw what; asked for just that it draws the same', async () => {
    const parts = standIn([crown, star])
    const asked = { ...request, ...saying('add a golden crown and a star') }
    const elements = await engineOf(parts).layout(asked, { photo })
    expect(elements).toEqual([crown, star].map(({ word, ...place }) => ({ ...place, words: word })))
    expect(parts.seen.drawings).toHaveLength(0)
    const free = await edit(standIn([crown, star]), asked)
    const given = await edit(parts, { ...asked, where: { elements } })
    expect(given.elements).toEqual(free.elements)
    await expect(engineOf(parts).layout(asked, { photo, isCancelled: () => true })).rejects.toMatchObject({
      name: 'Cancelled',
    })
  })

  it('draws what the caller says, where the caller says', async () => {
    const parts = standIn([])
    const plan = { box: { left: -0.2, top: 0.5, width: 0.4, height: 0.2 }, kind: 'front', words: 'a hat' } as const
    const { elements } = await edit(parts, { where: { elements: [plan] } })
    expect(elements).toMatchObject([{ ...plan, place: plan.box }])
    expect(parts.seen.layouts).toHaveLength(0)
  })

  describe('in a painted region', () => {
    const inside = (x: number, y: number): boolean => x >= 8 && x < 32 && y >= 30 && y < 48
    const region: RegionMask = {
      width: 80,
      height: 60,
      data: Uint8Array.from({ length: 4800 }, (_, i) =>
        inside(i % 80, Math.floor(i / 80)) && i % 80 !== 20 ? 255 : 0,
      ),
    }

    it("one thing gets the region's own box, and nothing outside the painted shape changes", async () => {
      const outcome = await edit(standIn([crown]), { where: { region } })
      expect(outcome.elements[0]!.box).toEqual({ left: 0.1, top: 0.5, width: 0.3, height: 0.3 })
      expect(changed(outcome, (x, y) => !inside(x, y) || x === 20)).toBe(0)
      expect(changed(outcome, inside)).toBeGreaterThan(300)
    })

    it('several share it as they shared the photo; what is drawn all over stays so', async () => {
      const frame: KnownThing = { word: 'frame', box: { left: 0, top: 0, width: 1, height: 1 }, kind: 'whole' }
      const { elements } = await edit(standIn([crown, star, frame]), {
        where: { region },
        ...saying('a golden crown, a star and a frame'),
      })
      const boxes = elements.map(({ box }) =>
        [box!.left, box!.top, box!.width, box!.height].map((share) => Number(share.toFixed(4))),
      )
      expect(boxes).toEqual([
        [0.1, 0.6, 0.2, 0.2],
        [0.3, 0.5, 0.1, 0.1],
        [0, 0, 1, 1],
      ])
    })

    it('something is drawn though no box was found', async () => {
      const { elements } = await edit(standIn([]), { where: { region }, ...saying(' a comet ') })
      expect(elements).toMatchObject([{ words: 'a comet', kind: 'front' }])
    })
  })

  it('looks once more from other noise when no box was found, and then has drawn nothing', async () => {
    const second = standIn([crown], { shy: 1 })
    expect((await edit(second)).elements).toHaveLength(1)
    expect(second.seen.layouts.map(({ seed }) => seed)).toEqual([5, 5 + 2 ** 32])
    const none = await edit(standIn([crown], { shy: 2 }))
    expect([none.elements.length, none.empty, changed(none, () => true), none.coverage]).toEqual([0, true, 0, 0])
    const blank = standIn([crown])
    expect((await edit(blank, saying('  '))).empty).toBe(true)
    expect(blank.seen.layouts).toHaveLength(0)
  })

  it('keeps boxes and noise while a word is changed', async () => {
    const parts = standIn([crown])
    const { elements, prompt } = await edit(parts, {
      ...saying('add a silver crown'),
      where: { layoutOf: 'add a golden crown' },
    })
    expect(elements).toMatchObject([{ words: 'a silver crown', box: crown.box, kind: crown.kind }])
    expect([parts.seen.texts[0], parts.seen.drawings[0]!.seed, prompt]).toEqual([
      'add a golden crown',
      5,
      'add a silver crown',
    ])
  })

  it('reads the empty instruction for guidance only', async () => {
    const parts = standIn([crown])
    await edit(parts, { how: { seed: 5, cfgScale: 1.5 } })
    expect(parts.seen.texts).toEqual(['add a golden crown', 'a golden crown', ''])
    expect(parts.seen.drawings[0]!.guidance).toMatchObject({ scale: 1.5, aboveSigma: 0.4 })
  })

  it.each(['prepare', 'layout', 'draw', 'decode'])('stops in the phase %s', async (phase) => {
    let stop = false
    const cancelled = edit(
      standIn([crown]),
      {},
      { onProgress: (progress) => void (stop ||= progress.phase === phase), isCancelled: () => stop },
    )
    await expect(cancelled).rejects.toMatchObject({ name: 'Cancelled' })
  })

  it.each([[{ steps: 0 }], [{ steps: 101 }], [{ cfgScale: 0.5 }]])('%j is refused', async (settings) => {
    await expect(edit(standIn([crown]), { how: { seed: 5, ...settings } })).rejects.toMatchObject({
      name: 'BadRequest',
    })
  })
})

describe('styles of a model that predicts layers', () => {
  const matrix = (rows: number, columns: number) => floatTensor([rows, columns], gaussian(1, rows * columns))
  const lora = (prefix: string, width: number) =>
    new Map([
      [`${prefix}lora_A.weight`, matrix(2, width)],
      [`${prefix}lora_B.weight`, matrix(width, 2)],
    ])
  const drawing = lora('drawing.transformer_blocks.0.attn.to_q.', 64)

  it('change both networks, each with its own part', async () => {
    const parts = standIn([crown])
    const engine = engineOf(parts)
    await engine.addStyle(
      'own',
      memoryStore(new Map([...drawing, ...lora('layout.transformer_blocks.1.attn.to_v.', 64)])),
    )
    await engine.useStyles([{ id: 'own', strength: 0.7 }])
    expect(parts.seen.adapters).toEqual(['drawing 0.7', 'layout 0.7'])
    await expect(engine.useStyles([{ id: 'none', strength: 1 }])).rejects.toMatchObject({ name: 'UnknownStyle' })
  })

  it('of another version are refused by its name', async () => {
    const engine = engineOf(standIn([crown]))
    const refused = (message: RegExp) => ({ name: 'BadLora', message: expect.stringMatching(message) as string })
    await expect(
      engine.addStyle('old', memoryStore(lora('transformer.transformer_blocks.0.attn.to_q.', 192))),
    ).rejects.toMatchObject(refused(/trained for nano 0\.6\.1.*0\.7\.0/))
    await expect(
      engine.addStyle('flux', memoryStore(lora('transformer.transformer_blocks.0.attn.to_q.', 3072))),
    ).rejects.toMatchObject(refused(/another model/))
    await expect(
      engine.addStyle('later', { ...memoryStore(lora('sketch.blocks.0.', 64)), config: { base: 'nano 1.0' } }),
    ).rejects.toMatchObject(refused(/trained for nano 1\.0/))
    await expect(
      engine.addStyle(
        'mixed',
        memoryStore(new Map([...drawing, ...lora('transformer.transformer_blocks.0.attn.to_q.', 64)])),
      ),
    ).rejects.toMatchObject(refused(/neither network/))
  })
})
