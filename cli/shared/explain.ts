import { readFile } from 'node:fs/promises'
import { PhotodoodleError, type ErrorName } from '../../src/engine/core/errors'

/** What a failing system call means to a person. */
const REASONS: Readonly<Record<string, readonly [name: ErrorName, what: string]>> = {
  ENOENT: ['MissingFile', 'there is no such file or folder'],
  ENOTDIR: ['MissingFile', 'a part of the path is a file, not a folder'],
  EISDIR: ['BadRequest', 'it is a folder'],
  EACCES: ['BadRequest', 'its permissions do not allow it'],
  EPERM: ['BadRequest', 'the system does not allow it'],
  EROFS: ['BadRequest', 'the disk is read-only'],
  ENOSPC: ['StorageFull', 'the disk is full'],
  EDQUOT: ['StorageFull', 'the quota is used up'],
  ENAMETOOLONG: ['BadRequest', 'the name is too long'],
  ELOOP: ['BadRequest', 'its links lead round in a circle'],
  EMFILE: ['OutOfMemory', 'too many files are open'],
  EIO: ['FileChanged', 'the disk reports an error'],
  ENOMEM: ['OutOfMemory', 'there is not enough memory'],
}

export function systemReason(error: unknown): { readonly name: ErrorName; readonly what: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [name, what] =
    REASONS[code] ?? (['BadRequest', error instanceof Error ? error.message : String(error)] as const)
  return { name, what }
}

/**
 * One line for whoever typed the command, whatever was thrown: no stack. That of a defect is printed when
 * PHOTODOODLE_DEBUG is set.
 * @param debug whether to add the stack
 */
export function explain(error: unknown, debug = false): string {
  const stack = debug && error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : ''
  if (error instanceof PhotodoodleError) return `${error.name}: ${error.message}${stack}`
  if (error instanceof Error && 'code' in error && String(error.code) in REASONS) {
    const { name, what } = systemReason(error)
    const path = 'path' in error && typeof error.path === 'string' ? `${error.path}: ` : ''
    return `${name}: ${path}${what}. Check the path and try again.${stack}`
  }
  const text = error instanceof Error ? error.message : String(error)
  return (
    `Unexpected: ${text.split('\n')[0]} This is a defect; please ` +
    `report it with what PHOTODOODLE_DEBUG=1 prints.${stack}`
  )
}

/** A JSON file that a person names. @throws MissingFile, BadRequest when it is not JSON */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const { name, what } = systemReason(cause)
    throw new PhotodoodleError(name, `${path} cannot be read: ${what}.`, 'Check the path.', { cause })
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PhotodoodleError('BadRequest', `${path} is not valid JSON.`, 'Correct it, or give another file.', {
      cause,
    })
  }
}
