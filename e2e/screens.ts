import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { mkdir } from 'node:fs/promises'
import sharp from 'sharp'

/** No violation of WCAG 2.2 A and AA in what is on the screen now. */
export async function expectAccessible(page: Page): Promise<void> {
  // A colour on its way from dark to light is neither.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((animation) => !(animation instanceof CSSTransition) || animation.playState === 'finished'),
  )
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  expect(
    violations.map(({ id, help, nodes }) => ({
      id,
      help,
      where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary ?? ''}`),
    })),
  ).toEqual([])
}

/**
 * Keeps a screenshot in docs/images/journeys when asked to (`PHOTODOODLE_SCREENSHOTS=1 npm run e2e`); tests never
 * change files otherwise.
 */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  if (process.env['PHOTODOODLE_SCREENSHOTS'] === undefined) return
  await mkdir('docs/images/journeys', { recursive: true })
  await sharp(await page.screenshot())
    .webp({ quality: 80 })
    .toFile(`docs/images/journeys/${name}.webp`)
}

/** The same for the looks of each state, which are many: below test-results, to be looked at and not kept. */
export async function keepState(page: Page, name: string): Promise<void> {
  if (process.env['PHOTODOODLE_SCREENSHOTS'] === undefined) return
  await mkdir('test-results/states', { recursive: true })
  await page.screenshot({ path: `test-results/states/${name}.png` })
}
