import { Command } from 'commander'
import { registerBench } from './bench'
import { registerConvert } from './convert'
import { registerDoctor } from './doctor'
import { registerEdit } from './edit'
import { explain } from './explain'
import { registerRandomFlux } from './flux-random'
import { registerGraph } from './graph-dump'
import { registerMatte } from './matte'
import { registerParity } from './parity'
import { registerSheet } from './sheet'
import { registerStyleCards } from './style-cards'

/** Every command of `npx photodoodle`. */
export function commands(): Command {
  const program = new Command('photodoodle')
    .description('Doodle on a photo with the same engine the editor runs.')
    .showHelpAfterError()
  registerEdit(program)
  registerDoctor(program)
  registerMatte(program)
  registerParity(program)
  registerConvert(program)
  registerGraph(program)
  registerBench(program)
  registerSheet(program)
  registerStyleCards(program)
  registerRandomFlux(program)
  return program
}

/** Entry of `npx photodoodle`; whatever goes wrong prints as one line. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await commands().parseAsync([...argv])
  } catch (error) {
    console.error(explain(error, process.env['PHOTODOODLE_DEBUG'] !== undefined))
    process.exitCode = 1
  }
}
