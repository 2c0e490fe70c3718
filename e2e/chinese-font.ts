import type { Page } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

const folder = 'node_modules/@fontsource-variable/noto-sans-sc'

/**
 * Chinese letters for machines that have none: the app's stylesheet comes with Noto Sans SC's faces, under the name of
 * a system font that the app asks for. For tests and screenshots; users have a font of their own.
 */
export async function bringChineseFont(page: Page): Promise<void> {
  const faces = (await readFile(`${folder}/index.css`, 'utf8'))
    .replaceAll("'Noto Sans SC Variable'", "'PingFang SC'")
    .replaceAll('url(./files/', 'url(/noto-sans-sc/')
  await page.route('**/assets/*.css', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()) + faces })
  })
  await page.route('**/noto-sans-sc/*.woff2', (route) =>
    route.fulfill({ path: `${folder}/files/${basename(new URL(route.request().url()).pathname)}` }),
  )
}

/** Letters that are on the screen have their font. */
export async function fontsLoaded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
  })
}
