import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** What a bundler can reach from the editor, its workers and the command line: every source file, by path. */
async function reachable(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      'src/ui/main.tsx',
      'src/workers/engine.worker.ts',
      'src/workers/picture.worker.ts',
      'src/workers/bench.worker.ts',
      'cli/main.ts',
      'cli/shared/browser/page.ts',
    ],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    outdir: 'unused',
    loader: {
      '.css': 'empty',
      '.node': 'empty',
      '.wasm': 'empty',
      '.woff2': 'empty',
      '.svg': 'text',
      '.png': 'empty',
      '.jpg': 'empty',
    },
    external: [
      'sharp',
      'onnxruntime-node',
      'onnxruntime-web',
      'onnxruntime-web/*',
      'vite',
      '@playwright/test',
      'fsevents',
      'virtual:*',
    ],
    logLevel: 'silent',
  })
  return Object.keys(metafile.inputs)
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

describe('the doodle comes from the model alone', () => {
  test('no file of training/ and no artwork package is reachable from src/ or cli/', async () => {
    const inputs = await reachable()
    expect(inputs.some((path) => path.startsWith('src/engine/pipelines/photo-doodle'))).toBe(true)
    expect(inputs.filter((path) => path.startsWith('training/'))).toEqual([])
    expect(
      inputs.filter((path) =>
        /emoji|iconify|openmoji|doodle-icons|react-peeps|game-icons|clipart|quickdraw|roughjs|perfect-freehand/i.test(
          path,
        ),
      ),
    ).toEqual([])
  })

  test('no artwork package is a dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >
    const names = Object.keys({ ...dependencies, ...devDependencies })
    expect(names.filter((name) => /emoji|iconify|icons|peeps|clipart|doodle-/i.test(name))).toEqual([])
  })

  test('the model folder holds numbers and words only', () => {
    const matte = /^public\/models\/matte\/(u2netp\.onnx|matte\.json)$/
    const parts = /^public\/models\/.*\/(model\.json|manifest\.json|shard-\d{5}\.bin|vocab\.txt)$/
    const odd = filesBelow('public/models').filter((path) => !matte.test(path) && !parts.test(path))
    expect(odd).toEqual([])
  })
})

test('the embedded models stay within 40 MB', () => {
  const bytes = filesBelow('public/models').reduce((sum, path) => sum + statSync(join(root, path)).size, 0)
  expect(bytes).toBeGreaterThan(5e6)
  expect(bytes).toBeLessThanOrEqual(40e6)
})
