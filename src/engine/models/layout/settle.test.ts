import { describe, expect, it } from 'vitest'
import { tensor, type Tensor } from '../../core/tensor'
import type { PlannedElement } from './elements'
import { readGround } from './ground'
import { settled } from './settle'
import type { Anchor } from './slots'

/** [144, 7]: cells that all take the same for the head. */
function toldHead(head: readonly number[]): Tensor {
  const cells = tensor([144, 7])
  for (let cell = 0; cell < 144; cell++)
    for (const [at, value] of head.entries()) {
      const middle = ((at % 2 === 0 ? cell % 12 : Math.floor(cell / 12)) + 0.5) / 12
      cells.data[7 * cell + 1 + at] = (value - middle) / 0.2
    }
  return cells
}

/** Somebody who stands on the lower edge of a photo of 2:1. */
function standing(): { width: number; height: number; alpha: Uint8Array } {
  const [width, height] = [192, 96]
  const alpha = new Uint8Array(width * height)
  for (let y = 29; y < height; y++) alpha.fill(255, y * width + 77, y * width + 115)
  return { width, height, alpha }
}

const ground = readGround(standing(), 2)
const element = (anchor: Anchor, width = 0.1, height = 0.2): PlannedElement => ({
  box: { left: 0.5 - width / 2, top: 0.5 - height / 2, width, height },
  kind: 'behind',
  anchor,
  words: { start: 0, end: 3 },
})
function put(...given: Parameters<typeof element>): { x: number; y: number; width: number; height: number } {
  const { left, top, width, height } = settled([element(...given)], ground)[0]!.box
  return { x: left + width / 2, y: top + height / 2, width, height }
}

// The same values as in training/tests/test_model.py.
describe('settled', () => {
  it('reads a plane of 96 pixels along the unit length', () => {
    expect(ground).toMatchObject({ width: 136, height: 68 })
    expect(ground.subject!.top / ground.height).toBeCloseTo(0.3, 1)
  })

  it('puts things beside the subject: on its ground, or by its shoulders', () => {
    const stands = put('beside_left')
    expect(Math.abs(stands.x - 0.35)).toBeLessThan(0.02)
    expect(Math.abs(stands.y - 0.9)).toBeLessThan(0.02)
    const flies = put('right')
    expect(Math.abs(flies.x - 0.65)).toBeLessThan(0.02)
    expect(Math.abs(flies.y - 0.54)).toBeLessThan(0.02)
  })

  it('puts things above it, before its feet, and into corners', () => {
    expect(put('above').y).toBeCloseTo(0.3 - 0.112, 1)
    expect(put('above').x).toBeCloseTo(0.5, 2)
    expect(put('front').y).toBeCloseTo(0.9, 1)
    expect(put('top_left').x * ground.width).toBeCloseTo(2.88 + 6.8, 0)
    expect(put('bottom_right').x * ground.width).toBeCloseTo(136 - 2.88 - 6.8, 0)
  })

  it('shrinks what finds no room, and leaves what finds none at all', () => {
    const wide = put('beside_left', 0.45, 0.3)
    expect(wide.width).toBeLessThan(0.45)
    expect(wide.height / wide.width).toBeCloseTo(0.3 / 0.45, 6)
    expect(wide.x + wide.width / 2).toBeLessThan(0.43)
    expect(put('beside_left', 0.9, 0.9)).toMatchObject({ x: 0.5, y: 0.5, width: 0.9 })
  })

  it('leaves what is free, one alone of many, or as large as the photo', () => {
    const whole: PlannedElement = { ...element('left'), kind: 'whole' }
    for (const planned of [element('free'), element('around'), whole])
      expect(settled([planned], ground)).toEqual([planned])
  })

  const many: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
    around: [
      [0.595, 0.272],
      [0.654, 0.795],
      [0.346, 0.795],
      [0.405, 0.272],
    ],
    sky: [
      [0.125, 0.13],
      [0.375, 0.21],
      [0.625, 0.13],
      [0.875, 0.21],
    ],
    bottom: [
      [0.167, 0.9],
      [0.5, 0.92],
      [0.833, 0.9],
    ],
    scatter: [
      ...([
        [0.05, 0.167],
        [0.45, 0.167],
        [0.65, 0.167],
        [0.15, 0.5],
      ] as const),
      ...([
        [0.75, 0.5],
        [0.05, 0.833],
        [0.25, 0.833],
        [0.85, 0.833],
      ] as const),
    ],
  }

  it.each(['around', 'sky', 'bottom', 'scatter'] as const)('puts copies at "%s"', (anchor) => {
    const places = many[anchor]!
    const copies = places.map(() => element(anchor, anchor === 'around' ? 0.12 : 0.1, 0.2))
    const found = settled(copies, ground).map(
      ({ box }) => [box.left + box.width / 2, box.top + box.height / 2] as const,
    )
    for (const [index, [x, y]] of places.entries()) {
      expect(Math.abs(found[index]![0] - x)).toBeLessThan(0.01)
      expect(Math.abs(found[index]![1] - y)).toBeLessThan(0.01)
    }
  })

  it('puts nothing on what was put there before', () => {
    const elsewhere = { ...element('beside_left'), box: { left: 0.8, top: 0.5, width: 0.1, height: 0.2 } }
    const [first, second] = settled([element('beside_left'), elsewhere], ground)
    expect(first!.box.left + 0.05).toBeCloseTo(0.35, 1)
    expect(second).toEqual(elsewhere)
    const [, onIt] = settled([first!, first!], ground)
    expect(onIt).toEqual(first)
  })

  it('puts what is worn on the head, no deeper than a hat is pulled down', () => {
    const scene = readGround(standing(), 2, toldHead([0.45, 0.32, 0.55, 0.5, 0.51, 0.35]))
    expect(scene.head!.left).toBeCloseTo(61.2, 2)
    const worn = (anchor: Anchor, y: number, width = 0.1): { x: number; lower: number; width: number } => {
      const planned = { ...element(anchor), box: { left: 0.1, top: y - width / 2, width, height: width } }
      const { left, top, ...size } = settled([planned], scene)[0]!.box
      return { x: left + size.width / 2, lower: top + size.height, width: size.width }
    }
    expect(worn('head', 0.1).x).toBeCloseTo(0.51, 4)
    expect(worn('head', 0.1).lower).toBeCloseTo(0.35 + 0.12 * 0.18, 4)
    expect(worn('head', 0.335).lower).toBeCloseTo(0.385, 4)
    expect(worn('head', 0.9).lower).toBeCloseTo(0.35 + 0.24 * 0.18, 4)
    expect(worn('head', 0.1, 0.02).width).toBeCloseTo(0.05, 4)
    expect(worn('head', 0.1, 0.4).width).toBeCloseTo(0.175, 4)
    expect(worn('halo', 0.9).lower).toBeCloseTo(0.32 - 0.06 * 0.18, 4)
    expect(settled([element('head')], ground)).toEqual([element('head')])
  })

  it('takes the head for the top of its subject', () => {
    const scene = readGround(standing(), 2, toldHead([0.45, 0.32, 0.55, 0.5, 0.51, 0.35]))
    const { left, top } = settled([element('above')], scene)[0]!.box
    expect(left + 0.05).toBeCloseTo(0.51, 2)
    expect(top + 0.1).toBeCloseTo(0.32 - 0.112, 2)
  })

  it('knows no head where the cells do not agree', () => {
    const cells = toldHead([0.45, 0.32, 0.55, 0.5, 0.51, 0.35])
    for (let cell = 0; cell < 144; cell += 2) for (const at of [1, 3, 5]) cells.data[7 * cell + at]! += 6
    expect(readGround(standing(), 2, cells).head).toBeUndefined()
  })

  it('makes what is behind somebody as large as they are', () => {
    for (const width of [0.1, 0.6]) {
      const star = put('behind', width, 2 * width)
      expect(star.width * ground.width).toBeCloseTo(0.4 * ground.scale, 4)
      expect(star.x).toBeCloseTo(0.5, 2)
    }
    const wings = put('back', 0.5, 0.4)
    expect(wings.x).toBeCloseTo(0.5, 2)
    expect(Math.abs(wings.y - (0.3 + 0.36 * 0.7))).toBeLessThan(0.01)
    expect(wings.width).toBeCloseTo(0.5, 6)
  })

  it('settles nothing but corners where there is no subject', () => {
    const empty = readGround({ width: 8, height: 8, alpha: new Uint8Array(64) }, 1)
    expect(empty.subject).toBeUndefined()
    expect(settled([element('beside_left')], empty)).toEqual([element('beside_left')])
    const corner = settled([element('bottom_right')], empty)[0]!.box
    expect(corner.left + corner.width / 2).toBeCloseTo(0.92, 2)
  })
})
