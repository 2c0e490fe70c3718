import { describe, expect, test } from 'vitest'
import { gaussian, inverseNormal, Random, stableLog } from './random'

// Golden values: an independent sfc32 in Python and scipy.stats.norm.ppf, rounded to float32.
test('golden bits', () => {
  const random = new Random(0)
  expect([random.bits(), random.bits(), random.bits()]).toEqual([4216505632, 947923937, 2491578854])
})

test.each([
  [
    0,
    [
      2.09090518951416, 0.20219002664089203, -0.03241478651762009, -0.7163474559783936, -0.3347717821598053,
      1.5968462228775024,
    ],
  ],
  [2 ** 52 + 1, [-0.7267795205116272, -0.11853624135255814, 1.3096437454223633]],
])('golden noise of seed %d', (seed, expected) => {
  expect([...gaussian(seed, expected.length)]).toEqual(expected)
})

test('a longer call starts with the same values', () => {
  expect([...gaussian(7, 10)]).toEqual([...gaussian(7, 100).slice(0, 10)])
})

test('the checksum of many samples is the same on every engine', async () => {
  const digest = await crypto.subtle.digest('SHA-256', gaussian(42, 100_000))
  expect(Buffer.from(digest).toString('hex')).toBe('956d198af4d72d074e49d7f530a9cac98ce77a22f6cfb6e598e3498dead8895b')
})

test('moments of the normal distribution', () => {
  const samples = gaussian(42, 200_000)
  const moment = (power: number) => samples.reduce((sum, x) => sum + x ** power, 0) / samples.length
  expect(Math.abs(moment(1))).toBeLessThan(0.01)
  expect(moment(2)).toBeCloseTo(1, 1)
  expect(moment(3)).toBeCloseTo(0, 1)
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.05)
})

test('neighbouring seeds are unrelated', () => {
  const n = 50_000
  for (const [first, second] of [
    [0, 1],
    [1, 2],
    [5, 5 + 2 ** 32],
  ] as const) {
    const x = gaussian(first, n)
    const y = gaussian(second, n)
    const correlation = x.reduce((sum, value, i) => sum + value * y[i]!, 0) / n
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(n))
  }
})

test.each([-1, 0.5, Number.NaN, 2 ** 53])('seed %d is refused', (seed) => {
  expect(() => gaussian(seed, 1)).toThrow(expect.objectContaining({ name: 'BadRequest' }) as Error)
})

describe('building blocks', () => {
  test('logarithm', () => {
    for (let x = 1e-15; x < 10; x *= 1.0137)
      expect(Math.abs(stableLog(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.abs(Math.log(x)))
  })

  test('inverse normal distribution against scipy', () => {
    const golden: [number, number][] = [
      [1e-15, -7.941345326170998],
      [1e-10, -6.361340902404056],
      [1e-5, -4.264890793922825],
      [0.001, -3.090232306167813],
      [0.07, -1.4757910281791706],
      [0.075, -1.4395314709384563],
      [0.3, -0.5244005127080409],
      [0.5, 0],
      [0.9, 1.2815515655446004],
      [0.99999, 4.264890793923841],
    ]
    for (const [p, expected] of golden) expect(Math.abs(inverseNormal(p) - expected)).toBeLessThan(1e-14)
  })
})
