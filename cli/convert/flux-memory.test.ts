import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sizeOf } from '../../src/engine/core/tensor'
import { FLUX_DEV } from '../../src/engine/models/transformer/config'
import { expectedWeights } from '../../src/engine/models/transformer/weights'

const GIBIBYTE = 2 ** 30
/** Half of what is promised, and of the file; linear1 alone is 264 MB as float32. */
const MOST = 2 ** 29

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flux-memory-'))
})
afterAll(() => rm(folder, { recursive: true }))

/**
 * Two blocks of FLUX.1-dev's own shapes, all zeros: a hole in a file, which takes no room on the disk. What the weights
 * are decides how long their scales are searched, not where they are kept.
 * @returns bytes of the file
 */
async function writeZeros(path: string): Promise<number> {
  let end = 0
  const header = JSON.stringify(
    Object.fromEntries(
      [...expectedWeights({ ...FLUX_DEV, depth: 1, depth_single_blocks: 1 })].map(([name, shape]) => [
        name,
        { dtype: 'BF16', shape, data_offsets: [end, (end += 2 * sizeOf(shape))] },
      ]),
    ),
  )
  const start = Buffer.alloc(8 + Math.ceil(header.length / 8) * 8, ' ')
  start.writeBigUInt64LE(BigInt(start.length - 8))
  start.write(header, 8)
  const file = await open(path, 'w')
  try {
    await file.writeFile(start)
    await file.truncate(start.length + end)
  } finally {
    await file.close()
  }
  return start.length + end
}

/** Tells the most memory that was resident, in bytes. Linux counts in `maxRSS` also what the parent had. */
const TELL = `
import { readFileSync } from 'node:fs'
process.on('exit', () => {
  const { maxRSS } = process.resourceUsage()
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : ''
  const own = /VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? maxRSS
  process.stdout.write(\`most memory \${1024 * Number(own)}\`)
})`

// About ten seconds of a processor, which a busy machine may take long to give.
test(
  'a checkpoint of blocks of true shape streams through less memory than half of what is promised',
  { timeout: 1_800_000 },
  async () => {
    const source = join(folder, 'flux1-dev.safetensors')
    const bytes = await writeZeros(source)
    expect(bytes).toBeGreaterThan(GIBIBYTE)
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--import', `data:text/javascript,${encodeURIComponent(TELL)}`],
      ...['cli/photodoodle.mjs', 'convert', '--flux', source, '--out', join(folder, 'flux')],
    ])
    const most = Number(/most memory (\d+)/.exec(stdout)?.[1])
    expect(most).toBeGreaterThan(5e7)
    expect(most).toBeLessThan(MOST)
    const manifest = JSON.parse(await readFile(join(folder, 'flux/transformer/manifest.json'), 'utf8')) as {
      shards: { bytes: number }[]
    }
    expect(manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0)).toBeGreaterThan(0.26 * bytes)
  },
)
