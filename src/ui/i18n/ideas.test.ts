import { afterEach, expect, test, vi } from 'vitest'
import { FIRST_DOODLE } from '../first-doodle'
import { drawable, read } from '../words/reading'
import { ideasFor, setLanguage, styleCopy } from './index'

// Where the language is told to the browser.
vi.stubGlobal('document', { documentElement: {} })
afterEach(() => setLanguage('en'))

const styles = [...Object.keys(styleCopy), 'an imported one']

test('ideas name what is on the photo only where it is known', () => {
  const said = styles.flatMap((style) => ideasFor(style, 'dog').map(({ say }) => say))
  expect(said.some((say) => say.includes('the dog'))).toBe(true)
  expect(said.filter((say) => /[[\]{}]/.test(say))).toEqual([])
  const unknown = ideasFor('magic', null).map(({ say }) => say)
  expect(unknown).toContain('add a golden crown')
  expect(unknown.filter((say) => /subject/.test(say))).toEqual([])
})

test('the first doodle stands first in its style, and its sample comes with the app', async () => {
  expect(ideasFor(FIRST_DOODLE.style, null)[0]?.say).toBe(FIRST_DOODLE.instruction.replace(/\[.*\]/, ''))
  const { default: samples } = await import('../../../public/samples/samples.json')
  expect(samples.map(({ file }) => file)).toContain(FIRST_DOODLE.sample)
})

test.each(styles)('every idea of %s is one that the model has learnt, in both languages', async (style) => {
  const english = ideasFor(style, 'woman')
  for (const { say } of english) expect(read(say, 'woman')).toEqual({ kind: 'plain', english: say })
  await setLanguage('zh')
  const chinese = ideasFor(style, 'woman')
  expect(chinese.map(({ say }) => say)).toEqual(english.map(({ say }) => say))
  for (const { shown } of chinese) expect(shown).toMatch(/^[^[\]{}]*\p{Script=Han}[^[\]{}]*$/u)
  for (const { say } of chinese) expect(drawable(read(say, null))).toBe(say)
})
