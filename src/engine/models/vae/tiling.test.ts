import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-node'
import sharp from 'sharp'
import { describe, expect, it, vi } from 'vitest'
import { gaussian } from '../../core/random'
import { maxAbsDifference, relativeL2, sizeOf, tensor, type Tensor } from '../../core/tensor'
import { rgbaImage } from '../../image/rgba-image'
import { toTensor } from '../../image/tensor-image'
import { Runtime } from '../../runtime/runtime'
import { floatTensor, memoryStore } from '../../runtime/testing'
import { autoencoderKLGraphs, FLUX_AUTOENCODER, openAutoencoderKL } from './autoencoder-kl'
import { inTiles } from './tiling'

// Many runs, on machines that may be busy with other things.
vi.setConfig({ testTimeout: 300_000 })

const root = new URL('../../../../public/', import.meta.url)
const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })

async function photo(width: number, height: number): Promise<Tensor> {
  const { data, info } = await sharp(await readFile(new URL('samples/cat.jpg', root)))
    .rotate()
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return toTensor(rgbaImage(info.width, info.height, new Uint8ClampedArray(data)), width, height)
}

/**
 * How much larger the steps between neighbouring columns differ from the untiled ones where tiles meet than elsewhere.
 */
function seamExcess(tiled: Tensor, untiled: Tensor, isSeam: (x: number) => boolean): number {
  const [channels, height, width] = untiled.dims as [number, number, number]
  const sums = { seam: 0, rest: 0 }
  const counts = { seam: 0, rest: 0 }
  for (let row = 0; row < channels * height; row++) {
    for (let x = 1; x < width; x++) {
      const step = ({ data }: Tensor): number => data[row * width + x]! - data[row * width + x - 1]!
      const kind = isSeam(x) ? 'seam' : 'rest'
      sums[kind] += Math.abs(step(tiled) - step(untiled))
      counts[kind]++
    }
  }
  return sums.seam / counts.seam / (sums.rest / counts.rest)
}

describe('inTiles', () => {
  it.each([
    [1, 1],
    [8, 1],
    [1 / 8, 8],
  ])('puts a picture together again, at scale %f', async (scale, align) => {
    const input = tensor([2, 200, 136], gaussian(1, 2 * 200 * 136))
    // Scaling as nearest neighbours or by picking one sample.
    const resample = ({ dims: [c, h, w], data }: Tensor): Tensor => {
      const out = tensor([c!, h! * scale, w! * scale])
      for (let i = 0; i < out.data.length; i++) {
        const x = i % out.dims[2]!
        const y = Math.floor(i / out.dims[2]!) % out.dims[1]!
        const channel = Math.floor(i / (out.dims[1]! * out.dims[2]!))
        out.data[i] = data[(channel * h! + Math.floor(y / scale)) * w! + Math.floor(x / scale)]!
      }
      return out
    }
    const sizes: number[][] = []
    const tiled = await inTiles(input, { tile: 64, overlap: 16, scale, align }, (part) => {
      sizes.push([...part.dims])
      return Promise.resolve(resample(part))
    })
    expect(sizes.length).toBe(4 * 3)
    expect(new Set(sizes.map(String))).toEqual(new Set(['2,64,64']))
    expect(maxAbsDifference(tiled.data, resample(input).data)).toBeLessThan(1e-6)
  })

  it('runs once what fits', async () => {
    let runs = 0
    const input = tensor([3, 64, 40], gaussian(2, 3 * 64 * 40))
    expect(
      (await inTiles(input, { tile: 64, overlap: 16, scale: 1, align: 1 }, (part) => Promise.resolve((runs++, part))))
        .data,
    ).toEqual(input.data)
    expect(runs).toBe(1)
  })
})

describe('a tiled autoencoder', () => {
  it('shows no seam, though norms and attention see one tile instead of the whole', async () => {
    const config = { ...FLUX_AUTOENCODER, ch: 32, ch_mult: [1, 1, 2], num_res_blocks: 1 }
    const graphs = autoencoderKLGraphs(config)
    const store = memoryStore(
      new Map(
        [...graphs.encoder.weights, ...graphs.decoder.weights].map(({ name, dims }, seed) => {
          const fan = sizeOf(dims.slice(1))
          const isNorm = name.includes('norm')
          return [
            name,
            floatTensor(
              dims,
              gaussian(seed, sizeOf(dims)).map((value) =>
                isNorm ? (name.endsWith('weight') ? 1 : 0) + 0.1 * value : value / Math.sqrt(fan),
              ),
            ),
          ] as const
        }),
      ),
    )
    const image = await photo(192, 96)
    const whole = await openAutoencoderKL(store, config, runtime)
    const latents = await whole.encode(image)
    const decoded = await whole.decode(latents)
    await whole.dispose()
    const excess = async (side: number, overlap: number): Promise<readonly number[]> => {
      const tiled = await openAutoencoderKL(store, config, runtime, { tiling: { side, overlap }, sequential: true })
      const [z, picture] = [await tiled.encode(image), await tiled.decode(latents)]
      await tiled.dispose()
      // Random weights: the norms of a tile are far from those of the whole, which trained ones forgive more. Measured
      // 0.08 and 0.10.
      expect(relativeL2(z.data, latents.data)).toBeLessThan(0.2)
      expect(relativeL2(picture.data, decoded.data)).toBeLessThan(0.2)
      const near = (width: number, reach: number) => (x: number) => Math.abs(x - width / 2) <= reach
      return [seamExcess(z, latents, near(48, 2)), seamExcess(picture, decoded, near(192, 4))]
    }
    // Errors of the picture's gradient where tiles meet, against those elsewhere. Measured 1.01 and 0.68; cut off
    // abruptly, 2.9 and 5.2.
    const blended = await excess(128, 64)
    const abrupt = await excess(100, 8)
    for (const value of blended) expect(value).toBeLessThan(1.3)
    for (const value of abrupt) expect(value).toBeGreaterThan(2)
  })
})
