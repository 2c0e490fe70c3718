import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** A file of ours as docs and comments name it; one of an older commit has that before it (`COMMIT:path`). */
const OURS =
  /(?<![\w./@:-])(?:cli|e2e|tests|training|src\/(?:engine|ui|workers|sw))\/[\w./-]*\w\.(?:tsx?|mjs|py|md|css|toml)\b/g

/** What was, and may be named as it was. */
const HISTORY = /^(CHANGELOG\.md|docs\/experiments\/)/

test('docs and comments name files that are there', () => {
  const texts = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.tsx', '*.mjs', '*.js', '*.py', '*.toml'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((path) => !HISTORY.test(path) && existsSync(join(root, path)))
  const named = texts.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(OURS)].map(([name]) => ({ path, name })),
  )
  expect(named.length).toBeGreaterThan(100)
  expect(named.filter(({ name }) => !existsSync(join(root, name)))).toEqual([])
})
