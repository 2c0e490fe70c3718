import { PhotodoodleError } from '../core/errors'

/** Entries of model.json; each reader throws BadModel naming the entry that is missing or wrong. */
export type Json = Record<string, unknown>

export const bad = (what: string): PhotodoodleError =>
  new PhotodoodleError(
    'BadModel',
    `model.json ${what}.`,
    'Download the model again, or convert it again with "photodoodle convert".',
  )

export function object(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`has no "${name}" object`)
  return value as Json
}

export function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw bad(`has no text "${name}"`)
  return value
}

export function positive(value: unknown, name: string): number {
  if (typeof value !== 'number' || !(value > 0)) throw bad(`needs a positive number "${name}"`)
  return value
}

export function oneOf<T extends string>(value: unknown, allowed: readonly T[], name: string): T {
  const match = allowed.find((item) => item === value)
  if (match === undefined) throw bad(`has "${name}" = ${JSON.stringify(value)}, not one of ${allowed.join(', ')}`)
  return match
}

/** A path inside the model folder: relative, no way out of it. */
export function innerPath(value: unknown, name: string): string {
  const path = text(value, name)
  if (path.startsWith('/') || path.split('/').includes('..') || path.includes('\\'))
    throw bad(`has "${name}" pointing outside its folder`)
  return path
}

export function numbers(value: unknown, length: number, name: string): readonly number[] {
  if (!Array.isArray(value) || value.length !== length || !value.every((item) => typeof item === 'number'))
    throw bad(`needs ${length} numbers in "${name}"`)
  return value
}
