import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { registerMatte } from './matte'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'matte-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function matte(photo: string, output = join(folder, 'matte.png')): Promise<{ said: string; output: string }> {
  const program = new Command().exitOverride()
  registerMatte(program)
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await program.parseAsync(['node', 'photodoodle', 'matte', photo, '-o', output])
  return { said: String(log.mock.lastCall?.[0]), output }
}

describe('matte', () => {
  it("writes a grey picture of the upright photo's size, the subject white", async () => {
    const turned = join(folder, 'turned.jpg')
    // 6: the camera lay on its side; shown upright it is 384 x 512.
    await sharp(new URL('../../public/samples/cat.jpg', import.meta.url).pathname)
      .resize(512, 384)
      .withMetadata({ orientation: 6 })
      .toFile(turned)
    const { said, output } = await matte(turned)
    const { data, info } = await sharp(output).extractChannel(0).raw().toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: 384, height: 512 })
    expect(await sharp(output).metadata()).toMatchObject({ depth: 'uchar', channels: 1, space: 'b-w' })
    const shares = {
      black: data.filter((value) => value < 5).length / data.length,
      white: data.filter((value) => value > 250).length / data.length,
    }
    expect(shares.white).toBeGreaterThan(0.2)
    expect(shares.black).toBeGreaterThan(0.4)
    expect(said).toMatch(/384 x 512 pixels, the subject covers \d+\.\d %/)
  })

  it('says that a photo has no clear subject', async () => {
    const grey = join(folder, 'grey.png')
    await writeFile(
      grey,
      await sharp({ create: { width: 90, height: 60, channels: 3, background: '#888' } })
        .png()
        .toBuffer(),
    )
    const { said, output } = await matte(grey)
    expect(said).toContain('no clear subject')
    expect((await sharp(output).raw().toBuffer()).every((value) => value === 0)).toBe(true)
  })

  it('names what is wrong with a photo or an output', async () => {
    await expect(matte(join(folder, 'nothing.jpg'))).rejects.toMatchObject({ name: 'MissingFile' })
    const grey = join(folder, 'grey.png')
    await expect(matte(grey, join(grey, 'matte.png'))).rejects.toMatchObject({ name: 'BadRequest' })
    await expect(matte(grey, grey)).rejects.toMatchObject({
      name: 'BadRequest',
      message: expect.stringContaining('--force') as string,
    })
    const { output } = await matte(grey, join(folder, 'made/matte.jpg'))
    expect((await sharp(output).metadata()).format).toBe('jpeg')
  })
})
