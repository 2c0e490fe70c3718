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

const SIDE = 128

async function samplePhoto(): Promise<Tensor> {
  const { data, info } = await sharp(await readFile(new URL('samples/cat.jpg', root))).rotate().ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return toTensor(rgbaImage(info.width, info.height, new Uint8ClampedArray(data)), SIDE, SIDE)
}

/** A disc and a wavy band; grown by `margin` pixels. */
function inDoodle(x: number, y: number, margin = 0): boolean {
  return Math.hypot(x - 45, y - 40) < 22 + margin || Math.abs(y - 95 - 6 * Math.sin(x / 10)) < 4 + margin
}

const photo = await samplePhoto()
const source = await autoencoder.decode(await autoencoder.encode(photo))

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

  it('brings a photo back', () => {
    const error = source.data.reduce((sum, value, i) => sum + (Math.min(1, Math.max(0, value)) - photo.data[i]!) ** 2, 0) / photo.data.length
    // Decibels. Five samples at 192 pixels gave 22.8 to 31.2, mean 27.1; this one at 128 gives 28.8.
    expect(-10 * Math.log10(error)).toBeGreaterThan(28)
  })

  it('lets the doodle layer rebuild the decoded result over the decoded source', async () => {
    const drawn = tensor(photo.dims, photo.data.slice())
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        if (inDoodle(x, y)) [0.95, 0.2, 0.55].forEach((value, c) => { drawn.data[(c * SIDE + y) * SIDE + x] = value })
      }
    }
    const target = await autoencoder.decode(await autoencoder.encode(drawn))
    const layer = doodleLayer(target, source)
    const actual = compositeOver(fromTensor(source), layer).data
    const wanted = fromTensor(target).data
    let error = 0
    let kept = 0
    let missed = 0
    let strays = 0
    for (let i = 0; i < wanted.length; i += 4) {
      const x = (i >> 2) % SIDE
      const y = Math.floor((i >> 2) / SIDE)
      if (layer.data[i + 3] === 0) {
        if (inDoodle(x, y)) missed++
        continue
      }
      kept++
      for (let c = 0; c < 3; c++) error += Math.abs(actual[i + c]! - wanted[i + c]!) / 3
      if (!inDoodle(x, y, 8)) strays++
    }
    // Measured 1 and 0; the layer keeps 3,071 pixels.
    expect(missed).toBeLessThan(20)
    expect(strays).toBeLessThan(20)
    // Grey levels; measured 0.72.
    expect(error / kept).toBeLessThan(1)
  })

  it('asks for exactly the weights that are shipped', () => {
    const { encoder, decoder } = taef1Graphs()
    expect([...encoder.weights, ...decoder.weights].map((weight) => weight.name).sort()).toEqual([...store.names()].sort())
  })

  it('refuses sides that are not multiples of eight', async () => {
    await expect(autoencoder.encode(tensor([3, 20, 32]))).rejects.toMatchObject({ name: 'ShapeMismatch' })
  })
})
