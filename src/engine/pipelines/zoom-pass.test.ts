import { describe, expect, test } from 'vitest'
import { tensor, type Tensor } from '../core/tensor'
import { rgbaImage, type RgbaImage } from '../image/rgba-image'
import type { Autoencoder } from '../models/vae/autoencoder'
import { packLatents } from '../models/vae/latents'
import type { Denoiser, DenoiseInput, DenoiseRun } from '../runtime/denoiser'
import { zoomPass, zoomSigmas, type ZoomInput } from './zoom-pass'

/** Keeps the mean of each 8 x 8 pixels: enough of a codec to see where things are. */
const blocks: Autoencoder = {
  encode: ({ dims, data }) => Promise.resolve(map([3, dims[1]! / 8, dims[2]! / 8], (c, y, x) => {
    let sum = 0
    for (let i = 0; i < 64; i++) sum += data[(c * dims[1]! + 8 * y + (i >> 3)) * dims[2]! + 8 * x + (i & 7)]!
    return sum / 64
  })),
  decode: ({ dims, data }) => Promise.resolve(map([3, 8 * dims[1]!, 8 * dims[2]!], (c, y, x) => data[(c * dims[1]! + (y >> 3)) * dims[2]! + (x >> 3)]!)),
  dispose: () => Promise.resolve(),
}

function map(dims: readonly [number, number, number], value: (c: number, y: number, x: number) => number): Tensor {
  const result = tensor(dims)
  let at = 0
  for (let c = 0; c < dims[0]; c++) for (let y = 0; y < dims[1]; y++) for (let x = 0; x < dims[2]; x++) result.data[at++] = value(c, y, x)
  return result
}

/** A network that knows the clean latents of every crop it is given, and keeps what it was given. */
class KnowingDenoiser implements Denoiser {
  readonly precision = { precision: 'f32', reason: 'a stand-in' } as const
  readonly given: DenoiseInput[] = []
  constructor(private readonly clean: (input: DenoiseInput) => Tensor) {}
  setAdapters(): Promise<void> { return Promise.resolve() }
  dispose(): Promise<void> { return Promise.resolve() }
  start(input: DenoiseInput): Promise<DenoiseRun> {
    this.given.push(input)
    const clean = this.clean(input)
    let done = 0
    let current = input.start!
    return Promise.resolve({
      steps: input.sigmas.length - 1,
      step: () => {
        const sigma = input.sigmas[++done]!
        current = tensor(clean.dims, clean.data.map((value, i) => (1 - sigma) * value + sigma * input.noise.data[i]!))
        return Promise.resolve({ step: done, sigma })
      },
      latents: () => Promise.resolve(current),
      setLatents: (latents: Tensor) => { current = latents },
      dispose: () => Promise.resolve(),
    })
  }
}

const grid = { rows: 6, columns: 6 }
const photo = rgbaImage(960, 960, new Uint8ClampedArray(960 * 960 * 4).fill(255).map((value, at) => (at % 4 === 3 ? value : 90)))

/** A red rectangle of the first pass's 96 x 96 pixels. */
function doodle(left: number, top: number, width: number, height: number): RgbaImage {
  const image = rgbaImage(96, 96)
  for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) image.data.set([230, 20, 20, 255], (y * 96 + x) * 4)
  return image
}

const input = (first: RgbaImage, more: Partial<ZoomInput> = {}): ZoomInput => ({
  photo, doodle: first, grid, seed: 5, stochastic: false, sigmas: [1, 0.9, 0.6, 0.45, 0.3, 0],
  condition: { txt: tensor([1, 1]), pooled: tensor([1]) },
  onStep: () => Promise.resolve(),
  ...more,
})

/** In one crop with untouched photo around it. */
const small = doodle(45, 27, 6, 6)

/** The first pass's own latents: what a network does that finds nothing to improve. */
const unchanged = ({ start, noise, sigmas }: DenoiseInput): Tensor => tensor(noise.dims, start!.data.map((value, i) => (value - sigmas[0]! * noise.data[i]!) / (1 - sigmas[0]!)))

describe('the second pass', () => {
  test('keeps the doodle in its place to the pixel', async () => {
    const { doodle: closer, plan } = (await zoomPass(input(doodle(40, 24, 16, 16)), blocks, new KnowingDenoiser(unchanged)))!
    expect(plan.factor).toBe(4)
    expect([closer.width, closer.height]).toEqual([384, 384])
    const alpha = (x: number, y: number): number => closer.data[(y * 384 + x) * 4 + 3]!
    const drawn: number[] = []
    for (let at = 0; at < 384 * 384; at++) if (alpha(at % 384, Math.floor(at / 384)) > 127) drawn.push(at)
    const xs = drawn.map((at) => at % 384)
    const ys = drawn.map((at) => Math.floor(at / 384))
    expect([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]).toEqual([160, 223, 96, 159])
    expect(closer.data.slice((128 * 384 + 190) * 4, (128 * 384 + 190) * 4 + 3).every((value, c) => Math.abs(value - [230, 20, 20][c]!) <= 2)).toBe(true)
  })

  test('begins at the first doodle under noise of the middle level, and may draw near it only', async () => {
    const denoiser = new KnowingDenoiser(unchanged)
    await zoomPass(input(small), blocks, denoiser)
    const [{ source, start, noise, sigmas, region }] = denoiser.given as [DenoiseInput]
    expect(sigmas).toEqual([0.45, 0.3, 0])
    const clean = unchanged({ ...denoiser.given[0]!, start: start! }).data
    const free = [...region!.data]
    expect([Math.min(...free), Math.max(...free)]).toEqual([0, 1])
    // Where it is held, it starts as the source.
    expect(free.filter((value, i) => value === 0 && Math.abs(clean[i]! - source.data[i]!) > 1e-4)).toEqual([])
    const mean = noise.data.reduce((sum, value) => sum + value * value, 0) / noise.data.length
    expect(mean).toBeGreaterThan(0.7)
    expect(mean).toBeLessThan(1.3)
  })

  test('uses fresh noise at every step but the last for a stochastic scheduler, the same for the same seed', async () => {
    const seen = [1, 2].map(() => new KnowingDenoiser(unchanged))
    for (const denoiser of seen) await zoomPass(input(doodle(40, 24, 16, 16), { stochastic: true }), blocks, denoiser)
    expect(seen[0]!.given[0]!.freshNoise).toHaveLength(1)
    expect(seen[0]!.given[0]!.freshNoise![0]!.data).not.toEqual(seen[0]!.given[0]!.noise.data)
    expect(seen[1]!.given[0]!.freshNoise).toEqual(seen[0]!.given[0]!.freshNoise)
  })

  test('crops that see the same thing in different shades leave no seam', async () => {
    // Every crop returns its own idea of red; the borders of the crops must not show more than the slope between them.
    let crop = 0
    const shades = (): Tensor => {
      const red = 0.8 + 0.02 * ++crop
      return packLatents(map([3, 12, 12], (c) => (c === 0 ? red : 0.1)))
    }
    const { doodle: closer, plan } = (await zoomPass(input(doodle(4, 4, 88, 88)), blocks, new KnowingDenoiser(shades)))!
    expect(plan.windows.length).toBeGreaterThan(3)
    const red = (x: number, y: number): number => closer.data[(y * closer.width + x) * 4]!
    let largest = 0
    for (let y = 40; y < 150; y++) for (let x = 41; x < 150; x++) largest = Math.max(largest, Math.abs(red(x, y) - red(x - 1, y)), Math.abs(red(x, y) - red(x, y - 1)))
    // The crops differ by up to 40 levels.
    expect(largest).toBeLessThanOrEqual(12)
  })

  test('draws nothing between doodles that lie apart, where no crop looks', async () => {
    const apart = doodle(0, 0, 12, 12)
    const other = doodle(84, 84, 12, 12)
    apart.data.forEach((_, i) => { apart.data[i] ||= other.data[i]! })
    const { doodle: closer, plan } = (await zoomPass(input(apart), blocks, new KnowingDenoiser(unchanged)))!
    expect([plan.windows.length, plan.box.rows]).toEqual([2, 24])
    const drawn = Array.from({ length: closer.width * closer.height }, (_, at) => at).filter((at) => closer.data[4 * at + 3]! > 0)
    const inside = drawn.filter((at) => [at % closer.width, Math.floor(at / closer.width)].every((side) => side < 56) || [at % closer.width, Math.floor(at / closer.width)].every((side) => side >= 328))
    expect(drawn.length).toBeGreaterThan(2000)
    expect(inside.length).toBe(drawn.length)
  })

  test('stays inside the region of the user', async () => {
    const region = { width: 96, height: 1, data: Uint8Array.from({ length: 96 }, (_, x) => (x < 48 ? 255 : 0)) }
    const denoiser = new KnowingDenoiser(unchanged)
    await zoomPass(input(small, { region }), blocks, denoiser)
    const { region: free } = denoiser.given[0]!
    const half = [...free!.data].filter((value) => value > 0).length
    const whole = new KnowingDenoiser(unchanged)
    await zoomPass(input(small), blocks, whole)
    expect(half).toBeGreaterThan(0)
    expect(half).toBeLessThan([...whole.given[0]!.region!.data].filter((value) => value > 0).length)
  })

  test('is left out where nothing was drawn', async () => {
    expect(await zoomPass(input(rgbaImage(96, 96)), blocks, new KnowingDenoiser(unchanged))).toBeUndefined()
  })
})

test('noise levels: the end of the schedule, or two of its own for a first pass of one step', () => {
  expect(zoomSigmas([1, 0.8, 0.5, 0.2, 0])).toEqual([0.5, 0.2, 0])
  expect(zoomSigmas([1, 0])).toEqual([0.55, 0.275, 0])
  expect(zoomSigmas([1, 0.9, 0.7, 0])).toEqual([0.55, 0.275, 0])
  expect(zoomSigmas([1, 0.8, 0.65, 0.2, 0], 0.65)).toEqual([0.65, 0.2, 0])
})
