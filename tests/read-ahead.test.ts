import { expect, test } from 'vitest'
import { embeddedModel } from '../cli/model'
import { nodeFiles } from '../cli/node-files'
import type { FileTree } from '../src/engine/core/byte-source'
import { PhotodoodleError } from '../src/engine/core/errors'
import { openManifest } from '../src/engine/formats/manifest'
import { parseTransformerConfig } from '../src/engine/models/transformer/config'
import { parseModelDescription } from '../src/engine/pipelines/model-description'
import { StyleSet } from '../src/engine/pipelines/style-set'

const files = nodeFiles(embeddedModel)

/** The shipped styles through a tree that counts what is opened and can be told to lose it. */
async function shipped() {
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
  const model = parseModelDescription(JSON.parse(new TextDecoder().decode(await description.read(0, description.size))))
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
