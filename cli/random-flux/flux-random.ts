import { open } from 'node:fs/promises'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { gaussian, Random } from '../../src/engine/core/random'
import { sizeOf } from '../../src/engine/core/tensor'
import { FLUX_DEV, parseTransformerConfig, type TransformerConfig } from '../../src/engine/models/transformer/config'
import { expectedWeights } from '../../src/engine/models/transformer/weights'
import { whole } from '../shared/options'
import { prepareOutput } from '../shared/output'

const DEVIATION = 0.02
const POOL = 2 ** 20
const ONE = 0x3f80

export function registerRandomFlux(program: Command): void {
  program
    .command('random-flux')
    .description(
      'a FLUX.1-dev checkpoint of random weights under reference ' +
        'names, to rehearse "convert --flux" with; it draws nothing',
    )
    .requiredOption('--out <file>', 'the .safetensors to write')
    .option('--double <n>', 'double blocks, 680 MB each at full width', parseBlocks, FLUX_DEV.depth)
    .option('--single <n>', 'single blocks, 283 MB each at full width', parseBlocks, FLUX_DEV.depth_single_blocks)
    .option(
      '--heads <n>',
      'attention heads of 128; fewer than 24 make a narrower network',
      parseBlocks,
      FLUX_DEV.num_heads,
    )
    .option('--seed <n>', 'another seed, other weights', whole, 0)
    .addOption(
      new Option('--dtype <dtype>', 'bf16, or fp8 (e4m3) with bf16 norms and biases, half the size')
        .choices(['bf16', 'fp8'])
        .default('bf16'),
    )
    .action(
      async ({
        out,
        double,
        single,
        heads,
        seed,
        dtype,
      }: {
        out: string
        double: number
        single: number
        heads: number
        seed: number
        dtype: 'bf16' | 'fp8'
      }) => {
        await prepareOutput(out)
        const started = performance.now()
        const bytes = await writeRandomFlux(
          out,
          { ...FLUX_DEV, depth: double, depth_single_blocks: single, num_heads: heads, hidden_size: 128 * heads },
          seed,
          dtype,
        )
        const seconds = (performance.now() - started) / 1000
        console.log(`${(bytes / 1e6).toFixed(1)} MB, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s: ${out}`)
      },
    )
}

function parseBlocks(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Give a whole number above 0.')
  return count
}

/**
 * Streams a checkpoint to disk. Matrices and biases are normal of deviation 0.02 (in fp8 matrices are any small codes),
 * drawn at random places from a pool of a million samples (drawing twelve billion would take an hour and test nothing
 * more); norms are 1.
 * @returns bytes written
 */
export async function writeRandomFlux(
  path: string,
  config: TransformerConfig,
  seed: number,
  dtype: 'bf16' | 'fp8' = 'bf16',
): Promise<number> {
  const shapes = expectedWeights(parseTransformerConfig(config))
  const header: Record<string, unknown> = { __metadata__: { note: 'random weights' } }
  let end = 0
  const isFp8 = (name: string): boolean => dtype === 'fp8' && name.endsWith('.weight')
  for (const [name, shape] of shapes)
    header[name] = {
      dtype: isFp8(name) ? 'F8_E4M3' : 'BF16',
      shape,
      data_offsets: [end, (end += (isFp8(name) ? 1 : 2) * sizeOf(shape))],
    }
  const json = Buffer.from(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8
  const start = Buffer.alloc(8 + padded, ' ')
  start.writeBigUInt64LE(BigInt(padded))
  json.copy(start, 8)

  const random = new Random(seed)
  const pool = Uint16Array.from(
    new Uint32Array(gaussian(seed, POOL).map((value) => DEVIATION * value).buffer),
    (bits) => bits >>> 16,
  )
  // Codes of either sign up to 0.109.
  const codes = Uint8Array.from(pool, (bits) => bits & 0x9f)
  const file = await open(path, 'w')
  try {
    await file.writeFile(start)
    for (const [name, shape] of shapes) {
      if (name.endsWith('.scale')) await file.writeFile(new Uint8Array(new Uint16Array(sizeOf(shape)).fill(ONE).buffer))
      else
        for (let left = sizeOf(shape); left > 0;) {
          const from = random.bits() % (POOL / 2)
          const count = Math.min(left, POOL - from)
          await file.writeFile(
            isFp8(name) ? codes.subarray(from, from + count) : new Uint8Array(pool.buffer, 2 * from, 2 * count),
          )
          left -= count
        }
    }
  } finally {
    await file.close()
  }
  return start.length + end
}
