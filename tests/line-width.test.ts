import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/**
 * What is written and read line by line. Not JSON, SVG and vocabularies, which programs write or which hold one value a
 * line, nor Markdown, whose tables cannot be wrapped.
 */
const WRITTEN = ['ts', 'tsx', 'js', 'mjs', 'css', 'html', 'py', 'toml']

const MOST = 120

// Prettier and ruff leave a string, a comment or a table as wide as it is.
test(`no line of what is written here has more than ${MOST} characters`, () => {
  const paths = execFileSync('git', ['ls-files', ...WRITTEN.map((ending) => `*.${ending}`)], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
  expect(paths.length).toBeGreaterThan(500)
  const wide = paths.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, at) => ([...line].length > MOST ? [`${path}:${at + 1}`] : [])),
  )
  expect(wide).toEqual([])
})
