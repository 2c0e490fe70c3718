import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-node'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesSource, type FileTree } from '../../core/byte-source'
import { relativeL2, tensor, type Tensor } from '../../core/tensor'
import { openManifest } from '../../formats/manifest'
import { openSafetensors } from '../../formats/safetensors'
import { readTensor } from '../../formats/weight-store'
import { compositeOver } from '../../image/composite'
import { doodleLayer } from '../../image/doodle-layer'
import { rgbaImage } from '../../image/rgba-image'
import { fromTensor, toTensor } from '../../image/tensor-image'
import { Runtime } from '../../runtime/runtime'
import { openTaef1, taef1Graphs } from './taef1'

const root = new URL('../../../../public/', import.meta.url)
const readBytes = async (url: URL) => bytesSource(new Uint8Array(await readFile(url)))
const tree: FileTree = { open: (path) => readBytes(new URL(`models/nano/${path}`, root)) }
const store = await openManifest(tree, 'autoencoder')
const autoencoder = await openTaef1(store, new Runtime(ort, { provider: 'cpu', threads: 1 }))
afterAll(() => autoencoder.dispose())

const SAMPLE = 'samples/cat.jpg'

async function samplePhoto(width: number, height: number): Promise<Tensor> {
  const { data, info } = await sharp(await readFile(new URL(SAMPLE, root))).rotate().ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return toTensor(rgbaImage(info.width, info.height, new Uint8ClampedArray(data)), width, height)
}

describe('TAEF1', () => {
  it('gives the numbers of PyTorch', async () => {
    const fixture = await openSafetensors(await readBytes(new URL('taef1.fixture.safetensors', import.meta.url)))
    const latents = await autoencoder.encode(await readTensor(fixture, 'image'))
    expect(latents.dims).toEqual([16, 4, 6])
    // Measured 1e-6 and 3e-7.
    expect(relativeL2(latents.data, (await readTensor(fixture, 'latents')).data)).toBeLessThan(5e-6)
    const decoded = await autoencoder.decode(await readTensor(fixture, 'latents'))
    expect(decoded.dims).toEqual([3, 32, 48])
    expect(relativeL2(decoded.data, (await readTensor(fixture, 'decoded')).data)).toBeLessThan(5e-6)
  })

  it('brings a photo back at about 25 dB', async () => {
    const photo = await samplePhoto(192, 192)
    const decoded = await autoencoder.decode(await autoencoder.encode(photo))
    const error = decoded.data.reduce((sum, value, i) => sum + (Math.min(1, Math.max(0, value)) - photo.data[i]!) ** 2, 0) / photo.data.length
    const psnr = -10 * Math.log10(error)
    expect(psnr).toBeGreaterThan(22)
    expect(psnr).toBeLessThan(40)
  })

  it('lets the doodle layer rebuild the decoded result over the decoded source', async () => {
    const photo = await samplePhoto(192, 192)
    const drawn = tensor(photo.dims, photo.data.slice())
    for (let y = 0; y < 192; y++) {
      for (let x = 0; x < 192; x++) {
        const inside = Math.hypot(x - 70, y - 60) < 30 || Math.abs(y - 120 - 10 * Math.sin(x / 12)) < 4
        if (inside) [0.95, 0.2, 0.55].forEach((value, c) => { drawn.data[(c * 192 + y) * 192 + x] = value })
      }
    }
    const source = await autoencoder.decode(await autoencoder.encode(photo))
    const target = await autoencoder.decode(await autoencoder.encode(drawn))
    const layer = doodleLayer(target, source)
    const actual = compositeOver(fromTensor(source), layer).data
    const wanted = fromTensor(target).data
    let error = 0
    let samples = 0
    let strays = 0
    for (let i = 0; i < wanted.length; i += 4) {
      const alpha = layer.data[i + 3]!
      const x = (i >> 2) % 192
      const y = Math.floor((i >> 2) / 192)
      if (alpha === 0) continue
      for (let c = 0; c < 3; c++) error += Math.abs(actual[i + c]! - wanted[i + c]!)
      samples += 3
      if (Math.hypot(x - 70, y - 60) > 38 && Math.abs(y - 120 - 10 * Math.sin(x / 12)) > 12) strays++
    }
    // The disc and the band cover 4,600 pixels.
    expect(samples / 3).toBeGreaterThan(4000)
    expect(samples / 3).toBeLessThan(6000)
    expect(strays).toBeLessThan(60)
    // Grey levels; measured below 1.
    expect(error / samples).toBeLessThan(2)
  })

  it('asks for exactly the weights that are shipped', () => {
    const { encoder, decoder } = taef1Graphs()
    expect([...encoder.weights, ...decoder.weights].map((weight) => weight.name).sort()).toEqual([...store.names()].sort())
  })

  it('refuses sides that are not multiples of eight', async () => {
    await expect(autoencoder.encode(tensor([3, 20, 32]))).rejects.toMatchObject({ name: 'ShapeMismatch' })
  })
})
