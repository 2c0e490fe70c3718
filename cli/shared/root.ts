import { join } from 'node:path'

/** The project's own folder: the command line runs from a checkout. */
export const root = join(import.meta.dirname, '../..')
