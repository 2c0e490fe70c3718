import { expect, test } from 'vitest'
import { pasteMeans, sorted, type Brought } from './brought'

const brought = (path: string, type = ''): Brought => ({
  file: new File(['x'], path.split('/').at(-1)!, { type }),
  path,
})

test('the first of several pictures is the photo, and the others are named', () => {
  const { photo, leftOut } = sorted([brought('notes.txt'), brought('a.jpg', 'image/jpeg'), brought('b.PNG')])
  expect(photo?.name).toBe('a.jpg')
  expect(leftOut).toEqual(['notes.txt', 'b.PNG'])
})

test('a file alone that looks like nothing is still tried as a photo', () => {
  expect(sorted([brought('mystery')]).photo?.name).toBe('mystery')
})

test('a LoRA takes the adapter_config.json of its own folder, and that folder’s name when its own says nothing', () => {
  const { styles, photo, leftOut } = sorted([
    brought('ink/adapter_model.safetensors'),
    brought('ink/adapter_config.json'),
    brought('chalk/chalk.safetensors'),
    brought('ink/README.md'),
  ])
  expect(styles.map(({ name, adapterConfig }) => [name, adapterConfig?.name])).toEqual([
    ['ink', 'adapter_config.json'],
    ['chalk', undefined],
  ])
  expect(photo).toBeUndefined()
  expect(leftOut).toEqual(['README.md'])
})

test('two files side by side belong together as well', () => {
  expect(sorted([brought('adapter_config.json'), brought('style.safetensors')]).styles[0]?.adapterConfig?.name).toBe(
    'adapter_config.json',
  )
})

test('a photo dropped with a style is opened with it', () => {
  const { photo, styles } = sorted([brought('a.jpg', 'image/jpeg'), brought('style.safetensors')])
  expect([photo?.name, styles.length]).toEqual(['a.jpg', 1])
})

test('a folder with model.json is a model, whole', () => {
  const files = [brought('flux/model.json'), brought('flux/transformer/shard-00000.bin')]
  expect(sorted(files).model).toEqual(files)
})

const field = (tagName: string, type = '') => ({ tagName, type, isContentEditable: false }) as unknown as Element
const clip = (types: string[], files: number) => ({
  types,
  files: Array.from({ length: files }) as unknown as FileList,
})

test.each([
  ['text, in the instruction', clip(['text/plain'], 0), field('TEXTAREA'), 'field'],
  [
    'text with a picture of it, in the instruction',
    clip(['text/plain', 'text/html', 'Files'], 1),
    field('TEXTAREA'),
    'field',
  ],
  ['text with a picture of it, with nothing focused', clip(['text/plain', 'Files'], 1), field('BODY'), 'nothing'],
  ['text, with nothing focused', clip(['text/plain'], 0), null, 'nothing'],
  ['a picture, with nothing focused', clip(['Files'], 1), null, 'photo'],
  ['a picture copied from a web page', clip(['text/html', 'Files'], 1), field('BUTTON'), 'photo'],
  ['a picture, while a slider has the focus', clip(['Files'], 1), field('INPUT', 'range'), 'photo'],
  ['a picture, while a number is typed', clip(['Files'], 1), field('INPUT', 'number'), 'ask'],
])('a paste of %s', (_, data, focused, meaning) => {
  expect(pasteMeans(data, focused)).toBe(meaning)
})
