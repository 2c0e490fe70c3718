import { describe, expect, it } from 'vitest'
import { gaussian } from '../../core/random'
import { tensor } from '../../core/tensor'
import type { Condition, Conditioned } from '../conditioned/contract'
import { frameOf } from './frame'
import { PLACE_FEATURES, placeFeatures } from './place-features'
import { LayerSampler, seededNoise } from './sampler'

const photo = { width: 400, height: 200 }

describe('a crop', () => {
  it('is a square around the box, 1.15 times its longer side', () => {
    const { window, grid, box, place } = frameOf({ left: 0.5, top: 0.25, width: 0.25, height: 0.25 }, 'front', photo)
    expect(grid).toEqual({ rows: 8, columns: 8 })
    const rounded = Object.values(window).map((value) => Math.round(value * 1e6) / 1e6)
    expect(rounded).toEqual([192.5, 17.5, 115, 115])
    expect(box.right - box.left).toBeCloseTo(1 / 1.15, 12)
    expect(box.bottom - box.top).toBeCloseTo(0.5 / 1.15, 12)
    expect(box.left + box.right).toBeCloseTo(1, 12)
    expect(place.left).toBeCloseTo(192.5 / 400, 12)
    expect(place.height).toBeCloseTo(115 / 200, 12)
  })

  it('may reach beyond the photo', () => {
    const { place } = frameOf({ left: -0.05, top: -0.1, width: 0.2, height: 0.4 }, 'behind', photo)
    expect(place.left).toBeCloseTo(0.05 - (0.5 * 92) / 400, 12)
    expect(place.top).toBeLessThan(-0.1)
  })
})

describe('a whole element', () => {
  it.each([
    [400, 200, 8, 16],
    [300, 300, 16, 16],
    [90, 900, 16, 4],
  ])('of %d x %d pixels has %d x %d tokens', (width, height, rows, columns) => {
    const { grid, box, place, window } = frameOf({ left: 0.3, top: 0.3, width: 0.1, height: 0.1 }, 'whole', {
      width,
      height,
    })
    expect(grid).toEqual({ rows, columns })
    expect(box).toEqual({ top: 0, bottom: rows / 8, left: 0, right: columns / 8 })
    expect(window).toEqual({ left: 0, top: 0, width, height })
    expect(place).toEqual({ left: 0, top: 0, width: 1, height: 1 })
  })
})

it('a token knows its share, its place, the size and the kind', () => {
  const features = placeFeatures({ top: 0.25, bottom: 0.75, left: 0, right: 1.5 }, 'both', { rows: 8, columns: 8 })
  expect(features).toHaveLength(64 * PLACE_FEATURES)
  const token = (row: number, column: number) => [
    ...features.subarray((8 * row + column) * PLACE_FEATURES, (8 * row + column + 1) * PLACE_FEATURES),
  ]
  expect([token(0, 0)[0], token(2, 0)[0], token(5, 7)[0], token(6, 0)[0]]).toEqual([0, 1, 1, 0])
  expect(token(2, 0)[1]).toBeCloseTo(0.125, 6)
  expect(token(2, 0)[2]).toBeCloseTo(Math.sin(Math.PI * 0.125), 6)
  expect(token(0, 7)[12]).toBeCloseTo(0.9375 / 1.5, 6)
  expect(token(0, 0).slice(23)).toEqual([Math.fround(Math.log(0.5)), Math.fround(Math.log(1.5)), 0, 0, 1, 0])
})

describe('LayerSampler', () => {
  const condition = (text: number): Condition => ({
    texts: [{ txt: tensor([text, 1]), pooled: tensor([1]) }],
    src: tensor([1, 1, 1]),
    srcIds: new Float64Array(3),
    noisyIds: new Float64Array(3),
  })

  /** Predicts 1 where something was told (a text of 2 tokens) and 0 where not. */
  function fake(log: string[]): Conditioned {
    return {
      prepare: ({ texts }) => {
        const name = texts[0]!.txt.dims[0] === 2 ? 'told' : 'untold'
        return Promise.resolve({
          pointers: undefined,
          step: (latents, sigma) => {
            log.push(`${name} ${sigma}`)
            return Promise.resolve(
              tensor(latents.dims, new Float32Array(latents.data.length).fill(name === 'told' ? 1 : 0)),
            )
          },
          dispose: () => void log.push(`${name} gone`),
        })
      },
    }
  }
  const noise = (call: number) => new Float32Array(2).fill(10 * (call + 1))

  it('takes fresh noise between calls and ends at the prediction', async () => {
    const log: string[] = []
    const run = await LayerSampler.start(fake(log), condition(2), noise, [1, 1, 2], { steps: 2, shift: 3 })
    expect([...run.latents.data]).toEqual([10, 10])
    await run.call()
    expect([...run.latents.data]).toEqual([0.25 + 0.75 * 20, 0.25 + 0.75 * 20])
    await run.call()
    expect([...run.latents.data]).toEqual([1, 1])
    run.dispose()
    expect(log).toEqual(['told 1', 'told 0.75', 'told gone'])
  })

  it('is guided above the bound only', async () => {
    const log: string[] = []
    const run = await LayerSampler.start(fake(log), condition(2), noise, [1, 1, 2], {
      steps: 2,
      shift: 3,
      guidance: { scale: 3, aboveSigma: 0.8, negative: condition(1) },
    })
    await run.call()
    expect(run.latents.data[0]).toBe(0.25 * 3 + 0.75 * 20)
    await run.call()
    expect([...run.latents.data]).toEqual([1, 1])
    run.dispose()
    expect(log).toEqual(['told 1', 'untold 1', 'told 0.75', 'told gone', 'untold gone'])
  })

  it('refuses to take no steps', async () => {
    await expect(
      LayerSampler.start(fake([]), condition(2), noise, [1, 1, 2], { steps: 0, shift: 3 }),
    ).rejects.toMatchObject({ name: 'BadRequest' })
  })
})

it('every element has noise of its own, the same whatever is beside it', () => {
  const both = seededNoise(7, [0, 3], 4, 2)
  const one = seededNoise(7, [3], 4, 2)
  expect(both(0).subarray(0, 4)).toEqual(gaussian(7, 4))
  expect(both(0).subarray(4)).toEqual(one(0))
  expect(both(1).subarray(4)).toEqual(one(1))
  expect(one(0)).not.toEqual(one(1))
})
