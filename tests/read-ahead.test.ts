import { expect, test } from 'vitest'
import { embeddedModel } from '../cli/model'
import { nodeFiles } from '../cli/node-files'
import type { FileTree } from '../src/engine/core/byte-source'
import { PhotodoodleError } from '../src/engine/core/errors'
import { relativeL2 } from '../src/engine/core/tensor'
import { openManifest } from '../src/engine/formats/manifest'
import type { Adapter } from '../src/engine/lora/adapter'
import { parseTransformerConfig } from '../src/engine/models/transformer/config'
import { parseModelDescription } from '../src/engine/pipelines/model-description'
import { StyleSet } from '../src/engine/pipelines/style-set'

const files = nodeFiles(embeddedModel)

/** The shipped styles through a tree that counts what is opened and can be told to lose it. */
async function shipped(change: { readonly sequential?: boolean } = {}) {
  const opened: string[] = []
  const lost = new Set<string>()
  const tree: FileTree = {
    open(path) {
      opened.push(path)
      if ([...lost].some((folder) => path.startsWith(folder))) throw new PhotodoodleError('MissingFile', `${path} is gone.`, 'Bring it back.')
      return files.open(path)
    },
  }
  const description = await files.open('model.json')
  const model = { ...parseModelDescription(JSON.parse(new TextDecoder().decode(await description.read(0, description.size)))), ...change }
  const config = parseTransformerConfig((await openManifest(files, 'transformer')).config)
  return { opened, lost, model, styles: new StyleSet(model, tree, config) }
}

const use = (id: string) => [{ id, strength: 1 }]

test('styles that were read ahead are read once, also when one is asked for meanwhile', async () => {
  const { opened, model, styles } = await shipped()
  const ahead = styles.readAhead()
  const [early] = await styles.open(use('edge'))
  await ahead
  const reads = opened.length
  expect(new Set(opened).size).toBe(reads)
  for (const { id } of model.styles) expect((await styles.open(use(id)))[0]?.adapter.layers.size).toBeGreaterThan(0)
  expect((await styles.open(use('edge')))[0]?.adapter).toBe(early?.adapter)
  expect(opened.length).toBe(reads)
})

test('a style that could not be read is asked for anew', async () => {
  const { lost, styles } = await shipped()
  lost.add('styles/magic')
  await expect(styles.readAhead()).rejects.toMatchObject({ name: 'MissingFile' })
  await expect(styles.open(use('magic'))).rejects.toMatchObject({ name: 'MissingFile' })
  lost.clear()
  await expect(styles.open(use('magic'))).resolves.toHaveLength(1)
})

const qkv = (style?: { readonly adapter: Adapter }) => style!.adapter.layers.get('double_blocks.0.img_attn.qkv')!.b

test('a sequential model keeps only the styles in use, its own and those added', async () => {
  const { opened, styles } = await shipped({ sequential: true })
  const [edge] = await styles.open(use('edge'))
  expect((await styles.open(use('edge')))[0]?.adapter).toBe(edge?.adapter)
  await styles.add('own', await openManifest(files, 'styles/flat'))
  const reads = opened.length
  const [own] = await styles.open(use('own'))
  const [again] = await styles.open(use('edge'))
  expect(opened.length).toBeGreaterThan(reads)
  expect(again?.adapter).not.toBe(edge?.adapter)
  expect(relativeL2(qkv(again), qkv(edge))).toBe(0)
  const [ownAgain] = await styles.open(use('own'))
  expect(ownAgain?.adapter).not.toBe(own?.adapter)
  expect(relativeL2(qkv(ownAgain), qkv(own))).toBe(0)
})
