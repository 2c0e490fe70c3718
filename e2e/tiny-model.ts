import type { BrowserContext } from '@playwright/test'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeTinyLayerModel } from '../cli/testing/tiny-layer-model'

const styles = ['monster', 'magic', 'painting', 'edge', 'flat', 'cloud']

/**
 * In the place of the embedded model one of random weights, with the same parts and styles, that draws three objects in
 * an instant: for what is about the app around the model. Before the page is opened.
 */
export async function serveTinyModel(context: BrowserContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'photodoodle-tiny-'))
  const files = new Map<string, Buffer>()
  try {
    await writeTinyLayerModel(folder, 1, styles)
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) files.set(path.slice(folder.length + 1), await readFile(path))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  await context.route('**/models/nano/**', async (route) => {
    const body = files.get(new URL(route.request().url()).pathname.split('/models/nano/')[1] ?? '')
    await route.fulfill(body === undefined ? { status: 404 } : { body, contentType: 'application/octet-stream' })
  })
}
