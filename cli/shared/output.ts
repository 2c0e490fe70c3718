import { access, constants, mkdir, open, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { systemReason } from './explain'

/** Endings of files and what they ask for. */
const FORMATS = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
  '.avif': 'avif',
  '.svg': 'svg',
} as const
export type OutputFormat = (typeof FORMATS)[keyof typeof FORMATS]

interface OutputRules {
  /**
   * What can be written there; the first is taken for a path without an ending. Any ending will do where it is left
   * out.
   */
  readonly formats?: readonly OutputFormat[]
  /** Files that are read; one of them is replaced only when `force` is set. */
  readonly inputs?: readonly string[]
  /** Left out where the command has no --force. */
  readonly force?: boolean
  /** Most bytes that will be written. */
  readonly bytes?: number
}

/** A place for a file that was found fit before the work began. */
export interface Output {
  readonly path: string
  readonly format: OutputFormat | undefined
  /**
   * Writes the file whole or not at all.
   * @throws StorageFull or BadRequest that name where the bytes were kept instead: beside, or in a folder that takes
   * them
   */
  write(bytes: Uint8Array | string): Promise<void>
}

/**
 * Checks a path before anything is computed for it; its folder is made.
 * @throws BadRequest for an ending that asks for another format, a folder, an input without `force`, a place that
 * cannot be written to
 * @throws StorageFull when there is no room for `bytes`
 */
export async function prepareOutput(
  path: string,
  { formats, inputs = [], force, bytes = 0 }: OutputRules = {},
): Promise<Output> {
  const format = formatOf(path, formats)
  const there = await stat(path).catch(() => undefined)
  if (there?.isDirectory() === true || path.endsWith('/')) {
    throw new PhotodoodleError(
      'BadRequest',
      `${path} is a folder.`,
      'Name a file in it, e.g. ' +
        `${join(path, `doodle${Object.entries(FORMATS).find(([, known]) => known === format)?.[0] ?? ''}`)}.`,
    )
  }
  for (const input of inputs) {
    const source = await stat(input).catch(() => undefined)
    if (there === undefined || source === undefined || force === true) continue
    if (source.ino === there.ino && source.dev === there.dev) {
      throw new PhotodoodleError(
        'BadRequest',
        `${path} is the file that is read.`,
        force === undefined ? 'Choose another name.' : 'Choose another name, or add --force to replace it.',
      )
    }
  }
  const folder = dirname(resolve(path))
  await prepareFolder(folder)
  // A device or a pipe takes what it is given; nothing can be laid beside it.
  const plain = there === undefined || there.isFile()
  if (plain && there !== undefined)
    await access(path, constants.W_OK).catch((cause: unknown) => {
      throw cannotWrite(path, cause)
    })
  if (plain) await checkRoom(folder, bytes)
  return {
    path,
    format,
    write: (content) =>
      (plain ? replace(path, content) : writeFile(path, content)).catch((cause: unknown) => keep(path, content, cause)),
  }
}

function formatOf(path: string, formats: readonly OutputFormat[] | undefined): OutputFormat | undefined {
  if (formats === undefined) return undefined
  const ending = extname(path).toLowerCase()
  if (ending === '') return formats[0]
  const format = Object.hasOwn(FORMATS, ending) ? FORMATS[ending as keyof typeof FORMATS] : undefined
  if (format !== undefined && formats.includes(format)) return format
  const known = Object.entries(FORMATS)
    .filter(([, known]) => formats.includes(known))
    .map(([text]) => text)
  const why = format === 'jpeg' ? ', which knows no transparency' : ''
  throw new PhotodoodleError(
    'BadRequest',
    `${path} cannot be written as ${ending.slice(1).toUpperCase()}${why}.`,
    `Let its name end in ${known.join(', ')}.`,
  )
}

/** Makes a folder for files to be written to, and tries it with one. @throws BadRequest */
export async function prepareFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => undefined)
  if (there !== undefined && !there.isDirectory())
    throw new PhotodoodleError('BadRequest', `${folder} is a file, where a folder is needed.`, 'Choose another path.')
  const trial = join(folder, `.photodoodle-${process.pid}.part`)
  try {
    await mkdir(folder, { recursive: true })
    await (await open(trial, 'w')).close()
    await rm(trial)
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}

async function checkRoom(folder: string, bytes: number): Promise<void> {
  const space = await statfs(folder).catch(() => undefined)
  // Some file systems tell nothing.
  if (space === undefined || space.blocks === 0 || space.bavail * space.bsize >= bytes) return
  const megabytes = (count: number): string => (count / 1e6).toFixed(1)
  throw new PhotodoodleError(
    'StorageFull',
    `${folder} has room for ${megabytes(space.bavail * space.bsize)} MB; up to ${megabytes(bytes)} are needed.`,
    'Free some space or choose another place.',
  )
}

/** Under another name first, so that a full disk does not leave half a file in place of a whole one. */
async function replace(path: string, content: Uint8Array | string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`)
  try {
    await writeFile(part, content)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Minutes of drawing are not lost to a path. */
async function keep(path: string, content: Uint8Array | string, cause: unknown): Promise<never> {
  const ending = extname(path)
  const name = `${basename(path, ending)}-${Date.now().toString(36)}${ending || '.png'}`
  for (const folder of [dirname(resolve(path)), process.cwd(), tmpdir(), homedir()]) {
    const other = join(folder, name)
    // Not among devices.
    if (folder.startsWith('/dev')) continue
    const kept = await writeFile(other, content, { flag: 'wx' }).then(
      () => true,
      () => false,
    )
    if (kept) throw cannotWrite(path, cause, `It is kept as ${other}.`)
    await rm(other, { force: true }).catch(() => undefined)
  }
  throw cannotWrite(path, cause)
}

function cannotWrite(path: string, cause: unknown, remedy?: string): PhotodoodleError {
  const { name, what } = systemReason(cause)
  return new PhotodoodleError(
    name === 'StorageFull' ? name : 'BadRequest',
    `${path} cannot be written: ${what}.`,
    remedy ?? 'Choose another place, or change what stands in the way.',
    { cause },
  )
}
