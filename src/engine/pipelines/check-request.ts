import { PhotodoodleError } from '../core/errors'
import { checkSettings } from '../core/settings'
import type { EditRequest } from './edit'

const MOST_CHARACTERS = 2000
const MOST_STYLES = 4
const MOST_NOISES = 65535

/** @throws BadRequest naming the first value that is out of its range */
export function checkRequest({
  what: { instruction, styles },
  where: { layoutOf = '', matte, elements = [] } = {},
  how,
  limits,
}: EditRequest): void {
  for (const { length } of [instruction, layoutOf]) {
    if (length > MOST_CHARACTERS)
      throw new PhotodoodleError(
        'BadRequest',
        `The instruction has ${length} characters.`,
        `Use at most ${MOST_CHARACTERS}.`,
      )
  }
  if (styles.length > MOST_STYLES)
    throw new PhotodoodleError('BadRequest', `${styles.length} styles cannot be mixed.`, `Use at most ${MOST_STYLES}.`)
  for (const { strength } of styles) checkSettings({ strength })
  if (matte !== undefined && matte.data.length !== matte.width * matte.height)
    throw new PhotodoodleError(
      'BadRequest',
      `The subject has ${matte.data.length} samples where ${matte.width} x ${matte.height} are said.`,
      'Give one sample for each of its pixels.',
    )
  for (const { noise = 0 } of elements)
    if (!Number.isInteger(noise) || noise < 0 || noise > MOST_NOISES)
      throw new PhotodoodleError(
        'BadRequest',
        `Noise ${noise} of an element is none of its seed's.`,
        `Use a whole number from 0 to ${MOST_NOISES}.`,
      )
  checkSettings({ ...how, ...limits })
}
