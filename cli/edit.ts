import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { decodePhoto, writePng } from './images'
import { embeddedModel, loadModel, parseBytes } from './model'
import { openStyleFile } from './style-file'

interface EditFlags {
  readonly style?: string
  readonly lora?: string
  readonly output: string
  readonly layer?: string
  readonly seed: number
  readonly steps?: number
  readonly strength: number
  readonly cfgScale?: number
  readonly model: string
  readonly memoryBudget?: number
}

export function registerEdit(program: Command): void {
  program
    .command('edit')
    .description('doodle on a photo')
    .argument('<photo>', 'JPEG, PNG, WebP, GIF or AVIF')
    .argument('<instruction>', 'what to draw, e.g. "add a crown"')
    .option('-s, --style <id>', 'monster, magic, painting, edge, flat or cloud; none = the bare editor')
    .option('--lora <file>', 'use this EditLoRA (.safetensors) as the style')
    .option('-o, --output <png>', 'where the result goes', 'doodle.png')
    .option('--layer <png>', 'also write the doodle alone, transparent around it')
    .option('--seed <n>', 'the same seed gives the same doodle', whole, 0)
    .option('--steps <n>', 'Euler steps', whole)
    .option('--strength <x>', 'style strength, 1 = as trained', number, 1)
    .option('--cfg-scale <x>', 'classifier-free guidance, 1 = off', number)
    .option('--model <dir>', 'model folder', embeddedModel)
    .option('--memory-budget <size>', 'most memory for a large transformer\'s weights and styles, e.g. 4GB; the rest is streamed from disk at every step', parseBytes)
    .action(async (photo: string, instruction: string, flags: EditFlags) => {
      await edit(photo, instruction, flags)
    })
}

async function edit(path: string, instruction: string, flags: EditFlags): Promise<void> {
  const { image, hasAlpha } = await decodePhoto(path)
  const { engine, close } = await loadModel(flags.model, flags.memoryBudget === undefined ? {} : { memoryBudget: flags.memoryBudget })
  try {
    if (flags.lora !== undefined) await engine.addStyle(flags.lora, await openStyleFile(flags.lora))
    const outcome = await engine.edit({
      photo: image,
      style: flags.lora ?? flags.style ?? null,
      instruction,
      seed: flags.seed,
      strength: flags.strength,
      ...(flags.steps === undefined ? {} : { steps: flags.steps }),
      ...(flags.cfgScale === undefined ? {} : { cfgScale: flags.cfgScale }),
      onProgress: ({ phase, step, steps }) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${phase} ${step}/${steps}   `)
      },
    })
    if (process.stderr.isTTY) process.stderr.write('\r')
    await writePng(flags.output, outcome.result, hasAlpha)
    if (flags.layer !== undefined) await writePng(flags.layer, outcome.layer, true)
    const share = (100 * outcome.coverage).toFixed(1)
    console.log(`${flags.output}: "${outcome.prompt}", seed ${outcome.seed}, ${outcome.steps} steps, ${(outcome.millis.total / 1000).toFixed(2)} s, doodle covers ${share} %`)
    if (outcome.coverage === 0) console.log('The model drew nothing. Try another seed, or name the thing and its place: "add a red crown on the dog\'s head".')
  } finally {
    await close()
  }
}

export function number(value: string): number {
  const parsed = Number(value)
  if (value.trim() === '' || !Number.isFinite(parsed)) throw new InvalidArgumentError('a number is needed')
  return parsed
}

export function whole(value: string): number {
  const parsed = number(value)
  if (!Number.isInteger(parsed) || parsed < 0) throw new InvalidArgumentError('a whole number, 0 or more, is needed')
  return parsed
}
