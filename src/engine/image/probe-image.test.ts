import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { gaussian } from '../core/random'
import { HEIC_FILES, PHOTO_KINDS } from '../../../tests/photo-kinds'
import { MAX_PIXELS, probeImage, undecodable } from './probe-image'

const plain = () => sharp({ create: { width: 37, height: 23, channels: 3, background: '#a05' } })

function named(name: string, text: RegExp) {
  return expect.objectContaining({ name, message: expect.stringMatching(text) as string }) as Error
}

/** A PNG signature and IHDR that claim the size; no pixels follow. */
function pngHeader(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(33)
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52])
  const view = new DataView(bytes.buffer)
  view.setUint32(16, width)
  view.setUint32(20, height)
  return bytes
}

describe('probeImage', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('reads a %s header', async (format) => {
    const bytes = new Uint8Array(await plain().toFormat(format).toBuffer())
    expect(probeImage(bytes)).toEqual({ format, width: 37, height: 23 })
  })

  it.each(PHOTO_KINDS.map((kind) => [kind.what, kind] as const))(
    '%s: its size as stored, whatever comes before it',
    async (_, { bytes, size, name }) => {
      const { width, height, format } = probeImage(new Uint8Array(await bytes()))
      expect([width, height].sort()).toEqual([...size].sort())
      expect(name.replace('jpg', 'jpeg').endsWith(format)).toBe(true)
    },
  )

  it.each(HEIC_FILES.map(({ name, bytes }) => [name, bytes] as const))(
    '%s is HEIC, which decoders may know',
    async (_, bytes) => {
      expect(probeImage(new Uint8Array(await bytes()))).toEqual({ format: 'heic', width: 192, height: 128 })
      expect(undecodable({ format: 'heic' }, ['heic'])).toMatchObject({
        name: 'BadImage',
        message: expect.stringMatching(/HEIC.*JPEG.*iPhone/) as string,
      })
    },
  )

  it('guards the size behind any amount of metadata and inside any brand', async () => {
    const giant = (bytes: Uint8Array, at: number) => {
      new DataView(bytes.buffer).setUint32(at, 0x7530_7530)
      return bytes
    }
    const jpeg = new Uint8Array(await PHOTO_KINDS.find(({ name }) => name === 'depth.jpg')!.bytes())
    // Behind the segments, whose own frame headers are no sizes.
    const frame = Buffer.from(jpeg).indexOf(Buffer.from([0xff, 0xc0]), 32 * 65_537)
    expect(() => probeImage(giant(jpeg, frame + 5))).toThrowError(named('ImageTooLarge', /30000 x 30000/))
    for (const name of ['anim.avif', 'mif1_major.avif']) {
      const avif = new Uint8Array(await PHOTO_KINDS.find((kind) => kind.name === name)!.bytes())
      const view = new DataView(avif.buffer)
      const at = Buffer.from(avif).indexOf('ispe') + 8
      view.setUint32(at, 30_000)
      view.setUint32(at + 4, 30_000)
      expect(() => probeImage(avif)).toThrowError(named('ImageTooLarge', /30000 x 30000/))
    }
  })

  it('leaves formats that some decoder may know to the decoders, which name them', () => {
    expect(
      probeImage(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="8"/>')),
    ).toEqual({ format: 'svg', width: 9, height: 8 })
    expect(undecodable({ format: 'svg' }, ['jpeg'])).toMatchObject({
      name: 'BadImage',
      message: expect.stringMatching(/svg.*PNG or JPEG/) as string,
    })
    expect(undecodable({ format: 'jpeg' }, ['jpeg'])).toMatchObject({
      name: 'BadImage',
      message: expect.stringMatching(/damaged.*again/) as string,
    })
  })

  it('turns away files that are no pictures, saying what to do', () => {
    expect(() => probeImage(new Uint8Array())).toThrowError(named('BadImage', /empty.*again/))
    expect(() => probeImage(new TextEncoder().encode('Dear diary, today I renamed notes.txt to cat.jpg'))).toThrowError(
      named('BadImage', /text.*Choose/),
    )
    expect(() =>
      probeImage(new TextEncoder().encode('<!DOCTYPE html><title>Sign in</title><svg width="9" height="9"/>')),
    ).toThrowError(named('BadImage', /web page.*sign in/))
    expect(() => probeImage(new TextEncoder().encode('GGUF\x03'))).toThrowError(
      named('BadImage', /GGUF.*convert --flux/),
    )
    expect(() => probeImage(new TextEncoder().encode('PK\x03\x04 photos'))).toThrowError(
      named('BadImage', /ZIP.*Unpack/),
    )
    expect(() => probeImage(new Uint8Array(300))).toThrowError(named('BadImage', /zeros.*download it again/))
    expect(() => probeImage(pngHeader(0, 20))).toThrowError(named('BadImage', /damaged/))
  })

  it('turns away a header of 20000 x 20000 with the limit and a remedy', () => {
    expect(() => probeImage(pngHeader(20000, 20000))).toThrowError(
      named('ImageTooLarge', /20000 x 20000 .*400 megapixels.*limit is 100.*smaller copy/),
    )
    expect(probeImage(pngHeader(10000, 10000))).toMatchObject({ width: 10000, height: MAX_PIXELS / 10000 })
  })

  it('answers or fails by name, and quickly, for damaged files', async () => {
    const originals = await Promise.all(
      (['jpeg', 'png', 'webp', 'gif', 'avif'] as const).map((format) => plain().toFormat(format).toBuffer()),
    )
    const started = performance.now()
    let refused = 0
    originals.forEach((original, kind) => {
      for (let trial = 0; trial < 300; trial++) {
        const noise = gaussian(trial * 7 + kind, 8)
        const bytes = new Uint8Array(
          original.subarray(
            0,
            trial % 3 === 0 ? Math.floor(Math.abs(noise[0]!) * original.length) % original.length : undefined,
          ),
        )
        for (let i = 1; i < 8; i += 2)
          if (bytes.length > 0)
            bytes[Math.floor(Math.abs(noise[i]!) * 64) % bytes.length] =
              Math.floor(Math.abs(noise[i + 1 < 8 ? i + 1 : 0]!) * 100) % 256
        try {
          const { width, height } = probeImage(bytes)
          expect(width * height).toBeGreaterThan(0)
        } catch (error) {
          refused++
          expect(['BadImage', 'ImageTooLarge']).toContain((error as Error).name)
        }
      }
    })
    expect(refused).toBeGreaterThan(100)
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it('gives up on a long stream of rubbish after a bounded look', () => {
    const bytes = new Uint8Array(64 << 20).fill(0x11)
    bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 16])
    const started = performance.now()
    expect(() => probeImage(bytes)).toThrowError(named('BadImage', /Choose/))
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
