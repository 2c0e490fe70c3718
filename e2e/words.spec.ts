import { expect, test } from '@playwright/test'
import { bringChineseFont, fontsLoaded } from './chinese-font'
import { EditorPage, withPhoto } from './editor-page'
import { expectAccessible, keepScreenshot } from './screens'

test('what cannot be drawn is said before drawing, with what to do instead', async ({ page }) => {
  const { editor } = await withPhoto(page)
  const note = page.locator('#words-note')

  // Empty text never draws.
  await editor.instruction.fill('   ')
  await editor.doodleButton.click()
  await expect(note).toContainText('Say what shall be drawn')
  await expect(editor.instruction).toBeFocused()
  await expect(editor.photo).toBeVisible()

  // Neither does what a model that only adds cannot do.
  await editor.instruction.fill('remove the leaves')
  await editor.doodleButton.click()
  await expect(note).toContainText('cannot take anything away')
  await expect(editor.photo).toBeVisible()
  await expectAccessible(page)
  await keepScreenshot(page, 'words-cannot')

  // A thing that it has not learnt: the nearest are offered, and one press takes one.
  await editor.instruction.fill('add a horse on the left')
  await expect(note).toContainText('has not learnt “horse”')
  await note.getByRole('button', { name: 'unicorn' }).click()
  await expect(editor.instruction).toHaveValue('add a unicorn on the left')
  await expect(note).not.toContainText('not learnt')
})

test('Chinese words are read, and drawn as they are read', async ({ page }) => {
  await bringChineseFont(page)
  const { editor } = await withPhoto(page)
  await editor.instruction.fill('给猫戴上金色皇冠')
  await expect(page.locator('#words-note')).toContainText('Drawn as: add a golden crown on the head')
  await fontsLoaded(page)
  await keepScreenshot(page, 'words-chinese')
  await editor.doodle()
  await expect(page.getByRole('button', { name: '“add a golden crown on the head”', exact: true })).toBeVisible()

  await editor.instruction.fill('画一个忍者')
  await expect(page.locator('#words-note')).toContainText('忍者')
  await editor.doodleButton.click()
  await expect(editor.instruction).toBeFocused()
  await expect(page.locator('.layer')).toHaveCount(1)
})

test('the first sample, style and words are ready to draw', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  await page.getByRole('region', { name: 'No photo at hand? Try one of these' }).getByRole('button').first().click()
  await expect(editor.photo).toBeVisible()
  await expect(editor.instruction).toHaveValue(/^add .* the teddy bear$/)
  await expect(page.getByRole('group', { name: 'Ideas' }).getByRole('button').first()).toHaveAttribute(
    'aria-pressed',
    'true',
  )
})
