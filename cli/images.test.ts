import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { decodeRegion } from './images'

test('a region is read from a picture: white is inside, black and transparent are outside', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'photodoodle-region-'))
  try {
    const path = join(folder, 'mask.png')
    await sharp(Buffer.from([255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0]), { raw: { width: 3, height: 1, channels: 4 } }).png().toFile(path)
    expect([...(await decodeRegion(path)).data]).toEqual([255, 0, 0])
  } finally {
    await rm(folder, { recursive: true })
  }
})
