import { PhotodoodleError } from '../engine/core/errors'
import type { EditRequest } from './engine-api'

/** @throws BadRequest naming the first value that is out of its range (see {@link EditRequest}) */
export function checkRequest({ instruction, styles, seed, steps, cfgScale, keepPhoto, layoutOf = '' }: EditRequest): void {
  const bad = (what: string, remedy: string): never => {
    throw new PhotodoodleError('BadRequest', what, remedy)
  }
  for (const { length } of [instruction, layoutOf]) if (length > 2000) bad(`The instruction has ${length} characters.`, 'Use at most 2000.')
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) bad(`The seed ${seed} is out of range.`, 'Use a whole number from 0 to 4294967295.')
  if (steps !== undefined && (!Number.isInteger(steps) || steps < 1 || steps > 50)) bad(`${steps} steps are out of range.`, 'Use a whole number from 1 to 50.')
  if (styles.length > 4) bad(`${styles.length} styles cannot be mixed.`, 'Use at most four.')
  for (const { strength } of styles) if (!(strength >= 0 && strength <= 2)) bad(`The style strength ${strength} is out of range.`, 'Use a number from 0 to 2.')
  if (cfgScale !== undefined && !(cfgScale >= 1 && cfgScale <= 10)) bad(`The guidance ${cfgScale} is out of range.`, 'Use a number from 1 to 10.')
  if (keepPhoto !== undefined && !(keepPhoto >= 0 && keepPhoto <= 0.95)) bad(`The photo cannot be kept to ${keepPhoto}.`, 'Use a number from 0 to 0.95.')
}
