import { Command } from 'commander'
import { PhotodoodleError } from '../src/engine/core/errors'
import { registerBench } from './bench'
import { registerConvert } from './convert'
import { registerEdit } from './edit'
import { registerRandomFlux } from './flux-random'
import { registerGraph } from './graph-dump'
import { registerMatte } from './matte'
import { registerParity } from './parity'
import { registerSheet } from './sheet'
import { registerStyleCards } from './style-cards'

/** Entry of `npx photodoodle`; named errors print as one line, anything else with its stack. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('photodoodle').description('Doodle on a photo with the same engine the editor runs.').showHelpAfterError()
  registerEdit(program)
  registerMatte(program)
  registerParity(program)
  registerConvert(program)
  registerGraph(program)
  registerBench(program)
  registerSheet(program)
  registerStyleCards(program)
  registerRandomFlux(program)
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    console.error(error instanceof PhotodoodleError ? `${error.name}: ${error.message}` : error)
    process.exitCode = 1
  }
}
