import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quadrants } from '../../tests/photo-kinds'
import { decodePhoto, encodePicture } from './images'
import { prepareOutput } from './output'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'))
})
afterAll(() => rm(folder, { recursive: true }))

const pictures = ['png', 'jpeg', 'webp', 'avif'] as const
const refused = (message: RegExp, name = 'BadRequest') => ({ name, message: expect.stringMatching(message) as string })

/** The system's administrator may write anywhere: then as a user without rights. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const root = process.getuid?.() === 0
  if (root) process.seteuid!(65_534)
  try {
    await work()
  } finally {
    if (root) process.seteuid!(0)
  }
}

describe('formats', () => {
  test.each([
    ['a.png', 'png'],
    ['a.jpg', 'jpeg'],
    ['a.JPEG', 'jpeg'],
    ['a.webp', 'webp'],
    ['a.avif', 'avif'],
    ['a', 'png'],
  ] as const)('%s is written as %s', async (name, format) => {
    await quadrants().png().toFile(join(folder, 'source.png'))
    const { image } = await decodePhoto(join(folder, 'source.png'))
    const output = await prepareOutput(join(folder, name), { formats: pictures })
    expect(output.format).toBe(format)
    await output.write(await encodePicture(image, output.format, false))
    const { format: written, width, height, compression } = await sharp(join(folder, name)).metadata()
    expect([format === 'avif' ? compression : written, width, height]).toEqual([
      format === 'avif' ? 'av1' : format,
      image.width,
      image.height,
    ])
    const { image: again } = await decodePhoto(join(folder, name))
    const worst = Math.max(...image.data.map((value, i) => Math.abs(value - again.data[i]!)))
    // Lossy steps ring beside the quadrants' edges.
    expect(worst).toBeLessThanOrEqual(format === 'png' ? 0 : 120)
    expect(
      image.data.reduce((sum, value, i) => sum + Math.abs(value - again.data[i]!), 0) / image.data.length,
    ).toBeLessThan(3)
  })

  test.each([
    ['a.gif', /GIF.*\.png, \.jpg/],
    ['a.heic', /HEIC/],
    ['a.txt', /TXT/],
    ['a.svg', /SVG/],
  ] as const)('%s is refused with those that can be had', async (name, message) => {
    await expect(prepareOutput(join(folder, name), { formats: pictures })).rejects.toMatchObject(refused(message))
  })

  test('a layer knows transparency, so it is no JPEG', async () => {
    await expect(prepareOutput(join(folder, 'a.jpg'), { formats: ['png', 'webp'] })).rejects.toMatchObject(
      refused(/transparency.*\.png, \.webp/),
    )
  })
})

describe('places', () => {
  test('missing folders are made, and nothing else is left in them', async () => {
    const output = await prepareOutput(join(folder, 'new/deep/a.png'), { formats: pictures })
    expect(await readdir(join(folder, 'new/deep'))).toEqual([])
    await output.write(Uint8Array.of(1, 2))
    expect(await readdir(join(folder, 'new/deep'))).toEqual(['a.png'])
    expect([...(await readFile(join(folder, 'new/deep/a.png')))]).toEqual([1, 2])
  })

  test('an input is replaced only with --force, under any of its names', async () => {
    const photo = join(folder, 'photo.png')
    await writeFile(photo, 'photo')
    await symlink(photo, join(folder, 'link.png'))
    for (const path of [photo, join(folder, 'link.png'), join(folder, '.', 'new/../photo.png')]) {
      await expect(prepareOutput(path, { formats: pictures, inputs: [photo], force: false })).rejects.toMatchObject(
        refused(/is the file that is read.*--force/),
      )
    }
    // Where the command has no --force, it is not advised.
    await expect(prepareOutput(photo, { formats: pictures, inputs: [photo] })).rejects.toMatchObject(
      refused(/is the file that is read\. Choose another name\.$/),
    )
    expect(await readFile(photo, 'utf8')).toBe('photo')
    await (await prepareOutput(photo, { formats: pictures, inputs: [photo], force: true })).write('new')
    expect(await readFile(photo, 'utf8')).toBe('new')
  })

  test('a folder, a file for a folder, a place that takes no files: named before anything is drawn', async () => {
    await mkdir(join(folder, 'there'), { recursive: true })
    await expect(prepareOutput(join(folder, 'there'), { formats: pictures })).rejects.toMatchObject(
      refused(/is a folder.*there\/doodle\.png/),
    )
    await expect(prepareOutput(`${join(folder, 'nowhere')}/`, { formats: pictures })).rejects.toMatchObject(
      refused(/is a folder/),
    )
    await writeFile(join(folder, 'file'), '')
    await expect(prepareOutput(join(folder, 'file/a.png'), { formats: pictures })).rejects.toMatchObject(
      refused(/is a file, where a folder is needed/),
    )
    await expect(prepareOutput('/proc/a.png', { formats: pictures })).rejects.toMatchObject(
      refused(/\/proc cannot be written/),
    )
    await expect(prepareOutput(join(folder, `${'x'.repeat(300)}/a.png`), { formats: pictures })).rejects.toMatchObject(
      refused(/too long/),
    )
  })

  test('a folder or a file that may not be written to is named', async () => {
    const [closed, mine] = [join(folder, 'closed'), join(folder, 'mine.png')]
    await mkdir(closed)
    await writeFile(mine, 'mine')
    await chmod(folder, 0o755)
    await chmod(closed, 0o555)
    await chmod(mine, 0o444)
    await asNobody(async () => {
      for (const path of [join(closed, 'a.png'), join(closed, 'new/a.png'), mine])
        await expect(prepareOutput(path, { formats: pictures })).rejects.toMatchObject(refused(/permissions/))
    })
    expect(await readdir(closed)).toEqual([])
    expect(await readFile(mine, 'utf8')).toBe('mine')
  })

  test('a disk without room is named before, with both sizes', async () => {
    await expect(prepareOutput(join(folder, 'a.png'), { formats: pictures, bytes: 1e18 })).rejects.toMatchObject(
      refused(/has room for .* MB; up to 1000000000000\.0 are needed/, 'StorageFull'),
    )
  })
})

describe('when writing fails', () => {
  test('a full disk: the picture is kept elsewhere and the message says where', async () => {
    const output = await prepareOutput('/dev/full', { formats: pictures })
    const failure: unknown = await output.write(Uint8Array.of(7, 8, 9)).catch((error: unknown) => error)
    expect(failure).toMatchObject(
      refused(/\/dev\/full cannot be written: the disk is full\. It is kept as .+\.png\.$/, 'StorageFull'),
    )
    const kept = /kept as (.+\.png)\.$/.exec((failure as Error).message)![1]!
    expect([...(await readFile(kept))]).toEqual([7, 8, 9])
    await rm(kept)
  })

  test('a folder that came in between: kept beside, and the old file stays whole', async () => {
    const path = join(folder, 'taken.png')
    const output = await prepareOutput(path, { formats: pictures })
    await mkdir(path)
    await writeFile(join(path, 'x'), '')
    const failure: unknown = await output.write('picture').catch((error: unknown) => error)
    const kept = /kept as (.+taken-\w+\.png)\.$/.exec((failure as Error).message)![1]!
    expect(await readFile(kept, 'utf8')).toBe('picture')
    expect((await stat(path)).isDirectory()).toBe(true)
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})
