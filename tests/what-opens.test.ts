import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Rows of all tables, cell by cell, and the heading of each column. */
function rows(markdown: string): { heading: readonly string[]; cells: readonly string[] }[] {
  const found: { heading: readonly string[]; cells: readonly string[] }[] = []
  let heading: readonly string[] | undefined
  for (const line of markdown.split('\n')) {
    const cells = line.startsWith('|')
      ? line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim())
      : undefined
    if (cells === undefined) heading = undefined
    else if (heading === undefined) heading = cells
    else if (!cells.every((cell) => /^-+$/.test(cell))) found.push({ heading, cells })
  }
  return found
}

test('each cell of the matrix of what opens names tests that are there, by their names where it gives them', () => {
  const table = rows(readFileSync('docs/what-opens.md', 'utf8'))
  expect(table.length).toBeGreaterThan(30)
  for (const { heading, cells } of table) {
    const held = heading.includes('test') ? [cells[heading.indexOf('test')]!] : cells.slice(1)
    expect(cells.length).toBe(heading.length)
    for (const cell of held) {
      const files = [...cell.matchAll(/`([\w/.-]+\.(?:test|spec)\.tsx?)`/g)].map(([, file]) => file!)
      expect([cells[0], cell, files.length > 0, files.filter((file) => !existsSync(file))]).toEqual([
        cells[0],
        cell,
        true,
        [],
      ])
      for (const [, name, file] of cell.matchAll(/"([^"]+)" in `([^`]+)`/g))
        expect(readFileSync(file!, 'utf8')).toContain(`'${name!}'`)
    }
  }
})
