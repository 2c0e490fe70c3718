import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let server: Server | undefined
/** Advisories are remembered by their number. */
let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'audit-'))
})
afterEach(async () => {
  server?.close()
  server = undefined
  await rm(cache, { recursive: true })
})

/** A registry that knows these advisories and nothing else. */
async function registry(status: number, advisories: object): Promise<string> {
  server = createServer((request, response) => {
    const asked = request.url?.includes('/security/advisories/bulk') === true
    response.writeHead(asked ? status : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(asked ? advisories : {}))
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function audit(url: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [join(import.meta.dirname, '../scripts/audit.mjs'), `--registry=${url}`, `--cache=${cache}`],
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    ),
  )
}

const advisory = (severity: string): object => ({
  comlink: [
    {
      id: 1,
      url: 'https://example.org/advisory',
      title: 'A hole',
      severity,
      vulnerable_versions: '*',
      cwe: [],
      cvss: { score: 8, vectorString: null },
    },
  ],
})

// npm is a process of its own, which a busy machine makes slow.
const timeout = 120_000

test('an advisory of high severity fails and is named', { timeout }, async () => {
  const { code, output } = await audit(await registry(200, advisory('high')))
  expect([code, output]).toEqual([1, expect.stringMatching(/high: comlink .*A hole/)])
})

test.each([
  ['a moderate one is counted', 200, advisory('moderate'), /0 of high or critical severity, 1 others/],
  ['none is fine', 200, {}, /0 of high or critical severity, 0 others/],
  ['a registry without audits is said', 405, {}, /not audited: .*405/],
])('%s', { timeout }, async (_, status, advisories, words) => {
  const { code, output } = await audit(await registry(status, advisories))
  expect([code, output]).toEqual([0, expect.stringMatching(words)])
})

test('no network at all is said', { timeout }, async () => {
  const url = await registry(200, {})
  await new Promise((resolve) => server!.close(resolve))
  const { code, output } = await audit(url)
  expect([code, output]).toEqual([0, expect.stringMatching(/not audited: .*ECONNREFUSED/)])
})
