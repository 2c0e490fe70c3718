import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

function sourceFiles(): string[] {
  return ['src', 'cli', 'e2e', 'tests'].flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  )
}

/** What a file imports of ours, type-only imports and re-exports included. */
function imports(file: string): string[] {
  return ts.preProcessFile(readFileSync(join(root, file), 'utf8')).importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return []
    const path = join(dirname(file), fileName)
    return [`${path}.ts`, `${path}.tsx`, `${path}/index.ts`].filter((candidate) => existsSync(join(root, candidate)))
  })
}

/** The first circle of imports found, or none. */
function circle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    const at = path.indexOf(file)
    if (at >= 0) return path.slice(at)
    if (done.has(file)) return []
    for (const next of graph.get(file) ?? []) {
      const found = visit(next, [...path, file])
      if (found.length > 0) return found
    }
    done.add(file)
    return []
  }
  for (const file of graph.keys()) {
    const found = visit(file, [])
    if (found.length > 0) return found
  }
  return []
}

// The linter's rule does not look at type-only imports.
test('no file imports itself by way of others, types included', () => {
  const graph = new Map(sourceFiles().map((file) => [file, imports(file)]))
  expect([...graph.values()].flat().length).toBeGreaterThan(1000)
  expect(circle(graph)).toEqual([])
  expect(
    circle(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual(['b', 'c'])
})
