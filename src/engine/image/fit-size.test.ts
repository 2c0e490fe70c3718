import { describe, expect, it } from 'vitest'
import { fitSize, resolutionOf, tokensFor } from './fit-size'

describe('fitSize', () => {
  it('gives the training buckets of the nano model for their shapes', () => {
    expect(fitSize(1000, 1000, 144)).toEqual({ width: 192, height: 192, rows: 12, columns: 12 })
    expect(fitSize(4000, 3000, 144)).toEqual({ width: 224, height: 160, rows: 10, columns: 14 })
    expect(fitSize(3000, 4000, 144)).toEqual({ width: 160, height: 224, rows: 14, columns: 10 })
    expect(fitSize(1920, 1080, 144)).toEqual({ width: 256, height: 144, rows: 9, columns: 16 })
  })

  it('keeps within the budget and near the aspect for every shape up to 16:9', () => {
    let worst = 0
    for (const tokens of [64, 144, 256, 576, 1536]) {
      for (let aspect = 9 / 16; aspect <= 16 / 9; aspect += 0.01) {
        const size = fitSize(1000 * aspect, 1000, tokens)
        expect(size.rows * size.columns).toBeLessThanOrEqual(tokens)
        expect(size.rows * size.columns).toBeGreaterThan(0.75 * tokens)
        expect([size.width, size.height]).toEqual([size.columns * 16, size.rows * 16])
        if (tokens >= 144) worst = Math.max(worst, Math.abs(Math.log(size.width / size.height / aspect)))
      }
    }
    expect(worst).toBeLessThan(0.13)
  })

  it('stops at 16:9 for longer photos', () => {
    expect(fitSize(8000, 1000, 144)).toEqual(fitSize(1600, 900, 144))
    expect(fitSize(1000, 8000, 144)).toEqual(fitSize(900, 1600, 144))
  })

  it('refuses an empty photo or budget', () => {
    expect(() => fitSize(0, 10, 144)).toThrowError(expect.objectContaining({ name: 'BadRequest' }))
    expect(() => fitSize(10, 10, 0)).toThrowError(expect.objectContaining({ name: 'BadRequest' }))
  })
})

describe('tokensFor', () => {
  it('takes multiples of 16 up to what the model was trained on, whose whole budget the largest stands for', () => {
    expect(tokensFor(96, 144)).toBe(36)
    expect(tokensFor(192, 144)).toBe(144)
    // 768 x 512 has as many pixels as a square of 627.
    expect(resolutionOf(1536)).toBe(624)
    expect(tokensFor(624, 1536)).toBe(1536)
    expect(tokensFor(608, 1536)).toBe(38 * 38)
    for (const refused of [0, -16, 80, 100, 208, NaN])
      expect(() => tokensFor(refused, 144), String(refused)).toThrow(/96 to 192/)
    // A tiny model has one resolution.
    expect(tokensFor(32, 4)).toBe(4)
  })
})
