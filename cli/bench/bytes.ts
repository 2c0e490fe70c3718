import { existsSync } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name))),
  )
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

export async function printModelBytes(model: string): Promise<void> {
  for (const entry of await readdir(model, { withFileTypes: true })) {
    const bytes = entry.isDirectory()
      ? await folderBytes(join(model, entry.name))
      : (await stat(join(model, entry.name))).size
    console.log(`model ${entry.name}: ${(bytes / 1e6).toFixed(2)} MB`)
  }
  console.log(`model, all of it: ${((await folderBytes(model)) / 1e6).toFixed(2)} MB`)
}

/** First load = what index.html names: its scripts, module preloads and style sheets. */
export async function printAppBytes(dist: string): Promise<void> {
  if (!existsSync(join(dist, 'index.html'))) {
    console.log('app bytes: no dist folder; run "npm run build" first')
    return
  }
  const html = await readFile(join(dist, 'index.html'), 'utf8')
  const named = [...html.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '')
  for (const file of named) {
    const bytes = await readFile(join(dist, file))
    const [plain, zipped] = [bytes, gzipSync(bytes)].map(({ length }) => `${(length / 1000).toFixed(1)} kB`)
    console.log(`first load ${file}: ${plain}, gzip ${zipped}`)
  }
  for (const entry of await readdir(dist, { withFileTypes: true, recursive: true })) {
    if (entry.name.endsWith('.wasm'))
      console.log(`wasm ${entry.name}: ${((await stat(join(entry.parentPath, entry.name))).size / 1e6).toFixed(2)} MB`)
  }
}
