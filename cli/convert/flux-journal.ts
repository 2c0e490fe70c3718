import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { isCount, isObject } from '../../src/engine/formats/json'
import type { ManifestShard } from '../../src/engine/formats/manifest'
import { isManifestFile } from '../shared/node-files'

/**
 * What a conversion has finished, one line each, so that it can be taken up again wherever it was cut off: first what
 * is
 * converted, then each shard when it is whole. A line that was cut off itself is one that was not written.
 */
export const JOURNAL_FILE = 'convert-journal.jsonl'

export class Journal {
  private constructor(
    private readonly folder: string,
    private readonly done: Map<string, ManifestShard>,
  ) {}

  /**
   * Opens the journal of a folder, or begins one.
   * @param task all that decides the bytes that will be written
   * @param force begin anew, whatever is there
   * @throws BadRequest when the folder holds a conversion of something else
   */
  static async open(folder: string, task: string, force: boolean): Promise<Journal> {
    await mkdir(folder, { recursive: true })
    const path = join(folder, JOURNAL_FILE)
    const lines = force ? [] : await readLines(path)
    const begun = lines[0]?.['task']
    if (begun === undefined) {
      const left = await readdir(folder)
      if (!force && left.some(isManifestFile)) throw taken(folder)
      for (const file of left)
        if (isManifestFile(file.replace(/\.part$/, '')) || file === JOURNAL_FILE) await rm(join(folder, file))
      await append(path, { task })
    } else if (begun !== task) throw taken(folder)
    return new Journal(folder, new Map(lines.filter(isShard).map((shard) => [shard.file, shard])))
  }

  /** The shard as it was finished, read again and compared; undefined when it must be written (again). */
  async finished(file: string): Promise<ManifestShard | undefined> {
    const shard = this.done.get(file)
    if (shard === undefined) return undefined
    const path = join(this.folder, file)
    const info = await stat(path).catch(() => undefined)
    if (info?.size !== shard.bytes) return undefined
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 22 })) hash.update(chunk as Uint8Array)
    return hash.digest('hex') === shard.sha256 ? shard : undefined
  }

  /** Called when the shard is whole under its own name. */
  async finish(shard: ManifestShard): Promise<void> {
    this.done.set(shard.file, shard)
    await append(join(this.folder, JOURNAL_FILE), { ...shard })
  }
}

function isShard(line: Readonly<Record<string, unknown>>): line is Readonly<Record<string, unknown>> & ManifestShard {
  return typeof line['file'] === 'string' && isCount(line['bytes']) && typeof line['sha256'] === 'string'
}

/**
 * Starts on a line of its own, in case the last one was cut off. Not forced to the disk: a line is believed only when
 * its shard's hash agrees.
 */
async function append(path: string, line: Readonly<Record<string, unknown>>): Promise<void> {
  await appendFile(path, `\n${JSON.stringify(line)}\n`)
}

async function readLines(path: string): Promise<Readonly<Record<string, unknown>>[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    try {
      const json: unknown = JSON.parse(line)
      return isObject(json) ? [json] : []
    } catch {
      return []
    }
  })
}

const taken = (folder: string): PhotodoodleError =>
  new PhotodoodleError(
    'BadRequest',
    `${folder} holds a conversion of other files or with other options.`,
    'Choose another --out, or add --force to begin anew.',
  )
