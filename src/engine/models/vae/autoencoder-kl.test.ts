import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../core/byte-source'
import { relativeL2, tensor } from '../../core/tensor'
import { openSafetensors } from '../../formats/safetensors'
import { readTensor, type WeightStore } from '../../formats/weight-store'
import { Runtime } from '../../runtime/runtime'
import { openGraph, runSingle } from '../graph-runtime'
import { autoencoderKLGraphs, FLUX_AUTOENCODER, openAutoencoderKL, parseAutoencoderKLConfig } from './autoencoder-kl'

const folder = new URL('../../../../tests/parity/vae/', import.meta.url)
const open = async (file: string) => openSafetensors(bytesSource(new Uint8Array(await readFile(new URL(file, folder)))))
const parityCase = JSON.parse(await readFile(new URL('case.json', folder), 'utf8')) as {
  config: unknown
  tolerance: { rel_l2: number }
}
const config = parseAutoencoderKLConfig(parityCase.config)
const weights = await open('weights.safetensors')
const expected = await open('expected.safetensors')
const { dims, data } = await readTensor(await open('inputs.safetensors'), 'image')
const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })

describe('AutoencoderKL', () => {
  it('gives the reference numbers in its own ranges', async () => {
    const graphs = autoencoderKLGraphs(config)
    const encoder = await openGraph(runtime, graphs.encoder, weights)
    const latents = await runSingle(encoder, { image: { dims, data } }, 'latents')
    const wantedLatents = await readTensor(expected, 'latents')
    expect(latents.dims).toEqual(wantedLatents.dims)
    expect(relativeL2(latents.data, wantedLatents.data)).toBeLessThan(2e-5)

    const decoder = await openGraph(runtime, graphs.decoder, weights)
    const image = await runSingle(decoder, { latents: wantedLatents }, 'image')
    const wantedImage = await readTensor(expected, 'image')
    expect(image.dims).toEqual(wantedImage.dims)
    expect(relativeL2(image.data, wantedImage.data)).toBeLessThan(2e-5)
    expect(parityCase.tolerance.rel_l2).toBeGreaterThan(2e-5)
    await encoder.release()
    await decoder.release()
  })

  it('takes and gives pictures in 0..1 as an Autoencoder', async () => {
    const autoencoder = await openAutoencoderKL(weights, config, runtime)
    const latents = await autoencoder.encode(
      tensor(
        dims.slice(1),
        data.map((value) => (value + 1) / 2),
      ),
    )
    expect(latents.dims).toEqual([4, 16, 24])
    expect(relativeL2(latents.data, (await readTensor(expected, 'latents')).data)).toBeLessThan(1e-4)
    const decoded = await autoencoder.decode(latents)
    expect(decoded.dims).toEqual([3, 32, 48])
    expect(
      relativeL2(
        decoded.data.map((value) => 2 * value - 1),
        (await readTensor(expected, 'image')).data,
      ),
    ).toBeLessThan(1e-4)
    await expect(autoencoder.encode(tensor([3, 31, 48]))).rejects.toMatchObject({
      name: 'ShapeMismatch',
      message: expect.stringContaining('multiples of 2') as string,
    })
    await autoencoder.dispose()
  })

  it('asks for exactly the weights of the reference file', () => {
    const { encoder, decoder } = autoencoderKLGraphs(config)
    expect([...encoder.weights, ...decoder.weights].map((weight) => weight.name).sort()).toEqual(
      [...weights.names()].sort(),
    )
  })

  it('names a missing and a misshapen weight', async () => {
    const without: WeightStore = {
      names: () => weights.names(),
      read: (name) => weights.read(name),
      info: (name) => (name === 'encoder.conv_in.bias' ? { dtype: 'F32', shape: [7] } : weights.info(name)),
    }
    await expect(openAutoencoderKL(without, config, runtime)).rejects.toMatchObject({
      name: 'ShapeMismatch',
      message: expect.stringContaining('encoder.conv_in.bias') as string,
    })
    await expect(openAutoencoderKL(weights, { ...config, num_res_blocks: 2 }, runtime)).rejects.toMatchObject({
      name: 'MissingWeight',
      message: expect.stringContaining('encoder.down.0.block.1') as string,
    })
  })

  it('checks its config', () => {
    expect(parseAutoencoderKLConfig({ ...FLUX_AUTOENCODER })).toEqual(FLUX_AUTOENCODER)
    const wrong = [{ ch: 48 }, { ch_mult: [] }, { ch_mult: [1, 0] }, { z_channels: '16' }, { scale_factor: Number.NaN }]
    for (const entry of wrong) {
      expect(() => parseAutoencoderKLConfig({ ...FLUX_AUTOENCODER, ...entry })).toThrowError(
        expect.objectContaining({
          name: 'BadModel',
          message: expect.stringContaining(Object.keys(entry)[0]!) as string,
        }),
      )
    }
    expect(() => parseAutoencoderKLConfig(null)).toThrowError(expect.objectContaining({ name: 'BadModel' }))
  })
})
