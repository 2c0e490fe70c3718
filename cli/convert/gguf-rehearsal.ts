/**
 * `npx tsx cli/convert/gguf-rehearsal.ts FOLDER`: a checkpoint of 4 double and 12 single blocks, two heads wide, random
 * blocks of each GGUF kind, converted to 4 bit in a process of its own. Prints its size, time, peak memory, and the
 * error of what was written against the blocks' own values.
 */
import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gaussian, Random } from '../../src/engine/core/random'
import { sizeOf } from '../../src/engine/core/tensor'
import { BLOCK_FORMATS } from '../../src/engine/formats/gguf-blocks'
import { writeGguf } from '../../src/engine/formats/gguf-testing'
import { openManifest } from '../../src/engine/formats/manifest'
import { readTensor } from '../../src/engine/formats/weight-store'
import { expectedWeights } from '../../src/engine/models/transformer/weights'
import { FLUX_DEV } from '../../src/engine/models/transformer/config'
import { openWeightFile } from '../shared/weight-files'
import { nodeFiles } from '../shared/node-files'

const config = { ...FLUX_DEV, hidden_size: 256, num_heads: 2, depth: 4, depth_single_blocks: 12 }
/** Where in a block its half floats stand; the rest may be any bits. */
const HALVES: Readonly<Record<string, readonly number[]>> = {
  Q4_1: [0, 2],
  Q5_1: [0, 2],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q2_K: [80, 82],
  Q3_K: [108],
  Q6_K: [208],
}
const KINDS: readonly (readonly [name: string, type: number])[] = [
  ...Object.entries(BLOCK_FORMATS).map(([type, { name }]) => [name, Number(type)] as const),
  ['F16', 1],
  ['BF16', 30],
]

/** Random bits with scales between 0.0002 and 0.0005. */
function randomBlocks(name: string, count: number, size: number, random: Random): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * size)
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2)
  for (let i = 0; i < words.length; i++) words[i] = random.bits()
  const view = new DataView(bytes.buffer)
  for (let block = 0; block < count; block++)
    for (const at of HALVES[name] ?? [0]) view.setUint16(block * size + at, 0x0b00 | (random.bits() & 0xff), true)
  return bytes
}

function checkpoint(name: string, type: number): Uint8Array {
  const random = new Random(type)
  const format = BLOCK_FORMATS[type]
  const tensors = [...expectedWeights(config)].map(([tensor, shape], i) => {
    const dims = [...shape].reverse()
    const count = sizeOf(shape)
    if (/_blocks\..*\.weight$/.test(tensor) && format !== undefined)
      return { name: tensor, dims, type, bytes: randomBlocks(name, count / format.weights, format.bytes, random) }
    const values = tensor.endsWith('.scale')
      ? new Float32Array(count).fill(1)
      : gaussian(i, count).map((value) => 0.02 * value)
    if (!/_blocks\..*\.weight$/.test(tensor))
      return { name: tensor, dims, type: 0, bytes: new Uint8Array(values.buffer) }
    // Upper halves of floats are BF16; as F16 they are numbers as well, of another size.
    const halves = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16)
    return { name: tensor, dims, type, bytes: new Uint8Array(halves.buffer) }
  })
  return writeGguf(tensors, { 'general.architecture': 'flux' })
}

async function relativeError(source: string, out: string): Promise<number> {
  const [original, made] = [await openWeightFile(source), await openManifest(nodeFiles(out), 'transformer')]
  let [difference, norm] = [0, 0]
  for (const tensor of original.names()) {
    if (!/_blocks\..*\.weight$/.test(tensor)) continue
    const [{ data: expected }, { data: actual }] = [await readTensor(original, tensor), await readTensor(made, tensor)]
    for (let i = 0; i < expected.length; i++) {
      difference += (actual[i]! - expected[i]!) ** 2
      norm += expected[i]! ** 2
    }
  }
  return Math.sqrt(difference / norm)
}

async function rehearse(folder: string): Promise<void> {
  const cli = fileURLToPath(new URL('../photodoodle.mjs', import.meta.url))
  console.log('| kind | file | seconds of processor | peak memory | error of 4 bit |\n|---|---|---|---|---|')
  for (const [name, type] of KINDS) {
    const file = join(folder, `flux1-dev-${name}.gguf`)
    const out = join(folder, name)
    const bytes = checkpoint(name, type)
    await writeFile(file, bytes)
    const { status, stderr } = spawnSync(
      '/usr/bin/time',
      ['-f', '%U %S %M', process.execPath, cli, 'convert', '--flux', file, '--out', out],
      { encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(stderr)
    const [user, system, kilobytes] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number) as [
      number,
      number,
      number,
    ]
    const error = (await relativeError(file, out)).toFixed(4)
    console.log(
      `| ${name} | ${(bytes.length / 1e6).toFixed(0)} MB | ` +
        `${(user + system).toFixed(0)} | ${(kilobytes / 1024).toFixed(0)} MB | ${error} |`,
    )
    await rm(file)
    await rm(out, { recursive: true })
  }
}

const [, , folder] = process.argv
if (folder === undefined) console.error('Give a folder with 0.2 GB of room.')
else await rehearse(folder)
