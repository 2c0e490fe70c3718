import { Command } from 'commander'
import { registerBench } from './bench/bench'
import { registerCompose } from './compose/compose'
import { registerConvert } from './convert/convert'
import { registerDoctor } from './doctor/doctor'
import { registerEdit } from './edit/edit'
import { explain } from './shared/explain'
import { registerRandomFlux } from './random-flux/flux-random'
import { registerGraph } from './graph/graph-dump'
import { registerMatte } from './matte/matte'
import { registerParity } from './parity/parity'
import { registerSheet } from './sheet/sheet'
import { registerStyleCards } from './style-cards/style-cards'

/** Every command of `npx photodoodle`. */
export function commands(): Command {
  const program = new Command('photodoodle')
    .description('Doodle on a photo with the same engine the editor runs.')
    .showHelpAfterError()
  registerEdit(program)
  registerDoctor(program)
  registerMatte(program)
  registerCompose(program)
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
