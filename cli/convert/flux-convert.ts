import { copyFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { sizeOf } from '../../src/engine/core/tensor'
import { storedBytes, type WeightStore } from '../../src/engine/formats/weight-store'
import { FLUX_SCHEDULER } from '../../src/engine/schedulers/flow-match-euler'
import { Journal, JOURNAL_FILE } from './flux-journal'
import { openParts, PARTS, type FluxOptions, type Part, type PartName } from './flux-parts'
import { writeShards } from './flux-shards'
import FLUX_FACTS from './flux-facts.json' with { type: 'json' }
import { prepareFolder } from '../shared/output'

export interface FluxProgress {
  readonly part: PartName
  /** Bytes of the source files that are converted, of all parts. */
  readonly done: number
  /** Of them, those an earlier run had converted. */
  readonly found: number
  readonly total: number
}

interface FluxResult {
  readonly parts: readonly PartName[]
  /** Parts that were neither given nor found; without them there is no model.json. */
  readonly missing: readonly PartName[]
  /** Bytes of all shards. */
  readonly bytes: number
}

/**
 * Converts a FLUX.1 download into a model folder: transformer, autoencoder, clip and t5 as manifest folders, model.json
 * last. Everything is checked against its headers before the first weight is read; then weights stream through in
 * blocks of rows. The same call after an interruption goes on behind the last finished shard. Parts not found can be
 * given in a later call.
 * @throws BadRequest when the folder holds something else; StorageFull; every error of reading the files
 */
export async function convertFlux(
  options: FluxOptions,
  onProgress: (progress: FluxProgress) => void = () => undefined,
): Promise<FluxResult> {
  const { out, force = false } = options
  const description = join(out, 'model.json')
  if (!force && (await stat(description).catch(() => undefined)) !== undefined) {
    throw new PhotodoodleError(
      'BadRequest',
      `${out} already holds a converted model.`,
      'Choose another --out, or add --force to replace it.',
    )
  }
  const parts = await openParts(options)
  await prepareFolder(out)
  await checkSpace(out, parts)
  await rm(description, { force: true })
  const total = parts.reduce((sum, { source }) => sum + sourceBytes(source), 0)
  let done = 0
  let found = 0
  let bytes = 0
  for (const part of parts) {
    const weights = [...part.plan.tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const bytesOfWeight = sourceBytes(part.source) / weights
    const folder = join(out, part.name)
    const journal = await Journal.open(folder, part.task, force)
    const shards = await writeShards(folder, part.store, part.plan, journal, (count, before) => {
      done += count * bytesOfWeight
      if (before) found += count * bytesOfWeight
      onProgress({ part: part.name, done: Math.min(total, Math.round(done)), found: Math.round(found), total })
    })
    for (const file of part.copies) await copyFile(file, join(folder, basename(file)))
    bytes += shards.reduce((sum, shard) => sum + shard.bytes, 0)
  }
  const missing = PARTS.filter((name) => !parts.some((part) => part.name === name))
  if (missing.length === 0) {
    await writeFile(
      description,
      `${JSON.stringify(modelDescription(parts[0]!.store.config, options.pretrainLora !== undefined), null, 2)}\n`,
    )
    for (const name of PARTS) await rm(join(out, name, JOURNAL_FILE), { force: true })
  }
  return { parts: parts.map(({ name }) => name), missing, bytes }
}

const sourceBytes = (store: WeightStore): number =>
  store.names().reduce((sum, name) => sum + storedBytes(store.info(name)), 0)

/** @throws StorageFull before hours are spent, unless what is there already may be a part of what is needed */
async function checkSpace(out: string, parts: readonly Part[]): Promise<void> {
  const needed = parts.flatMap(({ plan }) => plan.shards).reduce((sum, { bytes }) => sum + bytes, 0)
  let existing = out
  while ((await stat(existing).catch(() => undefined)) === undefined) existing = dirname(existing)
  const { bavail, bsize } = await statfs(existing)
  const there = await Promise.all(
    parts.flatMap(({ name, plan }) =>
      plan.shards.map(async ({ file }) => (await stat(join(out, name, file)).catch(() => undefined))?.size ?? 0),
    ),
  )
  const free = bavail * bsize + there.reduce((sum, size) => sum + size, 0)
  if (free >= needed) return
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1)
  throw new PhotodoodleError(
    'StorageFull',
    `The model needs ${gigabytes(needed)} GB, ${existing} has room for ${gigabytes(free)}.`,
    'Free some space or choose another --out.',
  )
}

/**
 * model.json of the flux tier, with the defaults of the paper: 20 steps, guidance 3.5, 768 x 512 pixels (1,536 tokens).
 * Colours of the preview are a linear map fitted to TAEF1, whose latents are FLUX.1's.
 */
function modelDescription(transformer: unknown, fused: boolean): unknown {
  return {
    format: 'photodoodle-model/1',
    id: 'flux',
    name: fused ? 'FLUX.1-dev PhotoDoodle' : 'FLUX.1-dev',
    version: '1',
    prediction: 'velocity',
    execution: 'blocks',
    sequential: true,
    transformer: { path: 'transformer', config: transformer },
    text_encoder: { kind: 'clip-t5', clip: { path: 'clip', max_tokens: 77 }, t5: { path: 't5', max_tokens: 512 } },
    autoencoder: { kind: 'autoencoder-kl', path: 'autoencoder' },
    scheduler: FLUX_SCHEDULER,
    defaults: { steps: 20, guidance: 3.5, cfg_scale: 1, tokens: 1536 },
    latent_rgb: FLUX_FACTS.latent_rgb,
    styles: [],
  }
}
