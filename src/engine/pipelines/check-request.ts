import { PhotodoodleError } from '../core/errors'
import { checkSettings } from '../core/settings'
import type { EditRequest } from './edit'

const MOST_CHARACTERS = 2000
const MOST_STYLES = 4

/** @throws BadRequest naming the first value that is out of its range */
export function checkRequest({
  what: { instruction, styles },
  where: { layoutOf = '', matte } = {},
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
  checkSettings({ ...how, ...limits })
}
