import { expect, test } from 'vitest'
import { bytesSource, type FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { readTensor, type WeightStore } from '../formats/weight-store'
import { writeManifest } from '../formats/write-manifest'
import { floatTensor, memoryStore } from '../runtime/testing'
import { StyleSet, type StrongAdapter } from './style-set'

const IDS = ['monster', 'magic', 'edge']
const styleOf = (value: number): WeightStore =>
  memoryStore(new Map([['a', floatTensor([2], Float32Array.of(value, value))]]))
const reading = async (store: WeightStore): Promise<{ values: Float32Array }> => ({
  values: (await readTensor(store, 'a')).data,
})
const use = (id: string, strength = 1) => [{ id, strength }]

/** Three styles through a tree that counts what is opened and can be told to lose it. */
async function styleSet(sequential = false) {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const [i, id] of IDS.entries())
    await writeManifest(styleOf(i + 1), (file, bytes) => Promise.resolve(void files.set(`styles/${id}/${file}`, bytes)))
  const opened: string[] = []
  const lost = new Set<string>()
  const tree: FileTree = {
    open(path) {
      opened.push(path)
      const bytes = files.get(path)
      if (bytes === undefined || [...lost].some((folder) => path.startsWith(folder)))
        return Promise.reject(new PhotodoodleError('MissingFile', `${path} is gone.`, ''))
      return Promise.resolve(bytesSource(bytes))
    },
  }
  const applied: (readonly StrongAdapter<{ values: Float32Array }>[])[] = []
  const model = {
    sequential,
    styles: IDS.map((id) => ({
      id,
      name: id,
      trigger: `sks${id}`,
      triggerUse: 'suffix' as const,
      nouns: [],
      path: `styles/${id}`,
    })),
  }
  return {
    opened,
    lost,
    applied,
    styles: new StyleSet(model, tree, reading, (list) => Promise.resolve(void applied.push(list))),
  }
}

test('styles that were read ahead are read once, also when one is asked for meanwhile', async () => {
  const { opened, styles } = await styleSet()
  const ahead = styles.readAhead()
  const [early] = await styles.open(use('edge'))
  await ahead
  const reads = opened.length
  expect(new Set(opened).size).toBe(reads)
  for (const [i, id] of IDS.entries()) expect((await styles.open(use(id)))[0]!.adapter.values[0]).toBe(i + 1)
  expect((await styles.open(use('edge')))[0]!.adapter).toBe(early!.adapter)
  expect(opened.length).toBe(reads)
})

test('a style that could not be read is asked for anew', async () => {
  const { lost, styles } = await styleSet()
  lost.add('styles/magic')
  await expect(styles.readAhead()).rejects.toMatchObject({ name: 'MissingFile' })
  await expect(styles.open(use('magic'))).rejects.toMatchObject({ name: 'MissingFile' })
  lost.clear()
  await expect(styles.open(use('magic'))).resolves.toHaveLength(1)
})

test('a sequential model keeps only the styles in use, its own and those added', async () => {
  const { opened, styles } = await styleSet(true)
  const [edge] = await styles.open(use('edge'))
  expect((await styles.open(use('edge')))[0]!.adapter).toBe(edge!.adapter)
  await styles.add('own', styleOf(9))
  const reads = opened.length
  const [own] = await styles.open(use('own'))
  const [again] = await styles.open(use('edge'))
  expect(opened.length).toBeGreaterThan(reads)
  expect(again!.adapter).not.toBe(edge!.adapter)
  expect(again!.adapter.values).toEqual(edge!.adapter.values)
  const [ownAgain] = await styles.open(use('own'))
  expect(ownAgain!.adapter).not.toBe(own!.adapter)
  expect(ownAgain!.adapter.values[0]).toBe(9)
})

test('styles in use are applied in the order of their cards, those at strength 0 not at all', async () => {
  const { applied, styles } = await styleSet()
  await styles.use([
    { id: 'edge', strength: 0.5 },
    { id: 'magic', strength: 0 },
    { id: 'monster', strength: 1 },
  ])
  expect(applied[0]!.map(({ adapter, strength }) => [adapter.values[0], strength])).toEqual([
    [1, 1],
    [3, 0.5],
  ])
  expect(
    styles.prompt('add a hat', [
      { id: 'edge', strength: 0.5 },
      { id: 'magic', strength: 0 },
      { id: 'monster', strength: 1 },
    ]),
  ).toBe('add a hat by sksmonster and sksedge')
  await expect(styles.use(use('magik'))).rejects.toMatchObject({
    name: 'UnknownStyle',
    message: expect.stringMatching(/"magik".*monster, magic/) as string,
  })
})
