import { readFile, readdir } from 'node:fs/promises'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { gaussian } from '../../src/engine/core/random'
import { parseCards, thumbnail } from './style-cards'

test('a card is a square of at most 15 kB, whatever is on it', async () => {
  const [width, height] = [300, 200]
  const noise = Uint8ClampedArray.from(gaussian(1, width * height * 4), (value, i) =>
    i % 4 === 3 ? 255 : 128 + 60 * value,
  )
  const { bytes, quality } = await thumbnail({ width, height, data: noise })
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 240, height: 240 })
  expect(quality).toBeLessThan(88)
  const plain = await thumbnail({ width, height, data: noise.fill(200) })
  expect([plain.quality, plain.bytes.length < 15_000]).toEqual([88, true])
})

test('each of the shipped styles has its card', async () => {
  const { styles } = JSON.parse(await readFile('public/models/nano/model.json', 'utf8')) as { styles: { id: string }[] }
  const ids = styles.map(({ id }) => id)
  expect(parseCards(JSON.parse(await readFile('docs/style-cards.json', 'utf8'))).map(({ style }) => style)).toEqual(ids)
  expect((await readdir('public/styles')).sort()).toEqual(ids.map((id) => `${id}.webp`).sort())
  for (const id of ids) expect((await readFile(`public/styles/${id}.webp`)).length).toBeLessThanOrEqual(15_000)
})

test.each([{}, [{}], [{ style: 'magic', photo: 'a.jpg', instruction: 'x' }], [null]])('%j is no recipe', (json) => {
  expect(() => parseCards(json)).toThrow(expect.objectContaining({ name: 'BadRequest' }) as Error)
})
