import { describe, expect, it } from 'vitest'
import { tensor } from '../../core/tensor'
import type { Conditioned } from '../conditioned/contract'
import { plannedElements } from './elements'
import { layoutTokens } from './photo-tokens'
import { sampleSlots, slotIds } from './sampler'
import { ELEMENT_KINDS } from '../../image/element'
import { ANCHORS, decodeSlot, encodeSlot, likeliest, SLOT_OUTPUTS } from './slots'

describe('slots', () => {
  it.each([
    { left: 0.25, top: 0.5, width: 0.25, height: 0.04 },
    { left: -0.2, top: 0.9, width: 0.5, height: 0.49 },
    { left: 0, top: 0, width: 1, height: 1 },
  ])('hold %j', (box) => {
    const back = decodeSlot(encodeSlot(box))!
    for (const side of ['left', 'top', 'width', 'height'] as const) expect(back[side]).toBeCloseTo(box[side], 12)
  })

  it('hold no box where the first value says so', () => {
    expect(decodeSlot(encodeSlot(undefined))).toBeUndefined()
    expect(decodeSlot([0, 0, 0, 0, 0])).toBeUndefined()
  })

  it('hold no box without sides', () => {
    expect(decodeSlot([1, 0, 0, -1.4, -1])).toMatchObject({ width: 0.05 ** 2, height: 0.05 ** 2 })
  })

  it('have the likeliest kind', () => {
    expect(likeliest(ELEMENT_KINDS, [0, 3, 1, -1])).toBe('behind')
    expect(() => likeliest(ELEMENT_KINDS, [Number.NaN, 1, 1, 1])).toThrow(
      expect.objectContaining({ name: 'RuntimeFailed' }) as Error,
    )
  })
})

describe('plannedElements', () => {
  const spans = [undefined, { start: 0, end: 3 }, { start: 4, end: 7 }, { start: 8, end: 12 }, undefined]
  const planned = (pointers: readonly number[], exists = 1) =>
    plannedElements(
      {
        slots: tensor([1, 5], Float32Array.of(exists, 0, 0, 0, 0)),
        kinds: tensor([1, 4], Float32Array.of(1, 0, 0, 0)),
        anchors: tensor(
          [1, ANCHORS.length],
          Float32Array.from(ANCHORS, (anchor) => Number(anchor === 'right')),
        ),
        pointers: tensor([1, 5], Float32Array.from(pointers)),
      },
      spans,
    )

  it('read words from the first to the last token pointed at, past those between', () => {
    expect(planned([9, 1, -1, 2, 9])).toEqual([
      {
        box: { left: 0.375, top: 0.375, width: 0.25, height: 0.25 },
        kind: 'front',
        anchor: 'right',
        words: { start: 0, end: 12 },
      },
    ])
    expect(planned([-1, -1, 0.1, -1, -1])[0]!.words).toEqual({ start: 4, end: 7 })
  })

  it('are told of one thing where two are pointed at: the one more is pointed at', () => {
    expect(planned([9, 3, -20, 6, 9])[0]!.words).toEqual({ start: 8, end: 12 })
    expect(planned([9, 6, -20, 3, 9])[0]!.words).toEqual({ start: 0, end: 3 })
  })

  it('have no words where only tokens without any are pointed at', () => {
    expect(planned([9, -1, -1, -1, 9])[0]!.words).toEqual({ start: 0, end: 0 })
  })

  it('are as many as there are boxes', () => {
    expect(planned([0, 0, 0, 0, 0], -1)).toEqual([])
  })
})

it('the photo is told as features, matte and shape', () => {
  const features = tensor(
    [144, 2],
    Float32Array.from({ length: 288 }, (_, i) => i),
  )
  const alpha = new Uint8Array(48 * 48)
  alpha.fill(255, 0, 48 * 4)
  const { dims, data } = layoutTokens(features, { width: 48, height: 48, alpha }, 2)
  expect(dims).toEqual([1, 144, 19])
  expect([...data.subarray(0, 2)]).toEqual([0, 1])
  // The matte covers the first row of cells, and nothing of the second.
  expect([...data.subarray(2, 18)].reduce((sum, value) => sum + value, 0)).toBeCloseTo(16, 5)
  expect([...data.subarray(12 * 19 + 2, 12 * 19 + 18)].every((value) => value === 0)).toBe(true)
  expect(data[18]).toBeCloseTo(Math.log(2), 6)
  expect(() => layoutTokens(tensor([10, 2]), { width: 48, height: 48, alpha }, 1)).toThrow(
    expect.objectContaining({ name: 'ShapeMismatch' }) as Error,
  )
})

describe('sampleSlots', () => {
  const clean = (slot: number, value: number): number => (value === 0 ? 1 : slot / 10 - value / 100)
  const fake = (log: number[], outputs = SLOT_OUTPUTS): Conditioned => ({
    prepare: () =>
      Promise.resolve({
        pointers: tensor([1, 2, 32], new Float32Array(64).fill(1)),
        step: (latents, sigma) => {
          log.push(sigma)
          const slots = latents.dims[1]!
          return Promise.resolve(
            tensor(
              [1, slots, outputs],
              Float32Array.from({ length: slots * outputs }, (_, i) =>
                i % outputs < 5 ? clean(Math.floor(i / outputs), i % outputs) : 2,
              ),
            ),
          )
        },
        dispose: () => void log.push(-1),
      }),
  })
  const text = { txt: tensor([2, 3]), pooled: tensor([3]) }

  it('ends at what a sure network predicts, and lets go', async () => {
    const log: number[] = []
    let steps = 0
    const { slots, kinds, anchors, pointers } = await sampleSlots(
      fake(log),
      tensor([1, 144, 1]),
      text,
      tensor([3, 5], new Float32Array(15).fill(9)),
      {
        steps: 2,
        shift: 2,
        onStep: () => {
          steps++
          return Promise.resolve()
        },
      },
    )
    slots.data.forEach((value, i) => expect(value).toBeCloseTo(clean(Math.floor(i / 5), i % 5), 5))
    expect(log).toEqual([1, 2 / 3, -1])
    expect(steps).toBe(2)
    expect([...kinds.data]).toEqual(new Array(12).fill(2))
    expect(anchors.dims).toEqual([3, ANCHORS.length])
    expect([...anchors.data]).toEqual(new Array(3 * ANCHORS.length).fill(2))
    pointers.data.forEach((value) => expect(value).toBeCloseTo(64 / Math.sqrt(32), 5))
  })

  it('wants a network for slots', async () => {
    const log: number[] = []
    await expect(
      sampleSlots(fake(log, 7), tensor([1, 144, 1]), text, tensor([3, 5]), { steps: 2, shift: 2 }),
    ).rejects.toMatchObject({ name: 'BadModel' })
    expect(log.at(-1)).toBe(-1)
  })

  it('gives slots ids of their own', () => {
    expect([...slotIds(2)]).toEqual([1, 0, 0, 2, 0, 0])
  })
})
