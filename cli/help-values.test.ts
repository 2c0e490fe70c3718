import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { commands } from './main'
import { openManifest } from '../src/engine/formats/manifest'
import { writeSafetensors } from '../src/engine/formats/safetensors'
import type { StoredTensor } from '../src/engine/formats/weight-store'
import { decodePhoto } from './shared/images'
import { embeddedModel } from './shared/model'
import { nodeFiles } from './shared/node-files'
import { writeTinyLayerModel } from './testing/tiny-layer-model'

let folder: string
let photo: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'help-'))
  photo = join(folder, 'photo.png')
  await sharp('public/samples/dog.jpg').resize(96, 96).png().toFile(photo)
  await writeTinyLayerModel(join(folder, 'tiny'))
  const rows = [{ label: 'a', style: 'magic', instructions: ['add a crown'] }]
  await writeFile(join(folder, 'sheet.recipe'), JSON.stringify({ seed: 1, photos: ['photo.png'], rows }))
  await mkdir(join(folder, 'flux'))
  const { config } = JSON.parse(await readFile('tests/parity/lora-diffusers/case.json', 'utf8')) as { config: unknown }
  await writeFile(join(folder, 'flux/model.json'), JSON.stringify({ id: 'flux', transformer: { config }, styles: [] }))
  // A style of the tiny model as a file, alone and beside keys of a text encoder.
  const style = await openManifest(nodeFiles(join(folder, 'tiny')), 'styles/magic')
  const tensors: [string, StoredTensor][] = []
  for (const name of style.names()) tensors.push([name, await style.read(name)])
  await writeFile(join(folder, 'turbo.safetensors'), writeSafetensors(tensors))
  const zeros: StoredTensor = { dtype: 'F32', shape: [4, 4], bytes: new Uint8Array(64) }
  for (const role of ['lora_down', 'lora_up'])
    tensors.unshift([`lora_te1_text_model_encoder_layers_0_mlp_fc1.${role}.weight`, zeros])
  await writeFile(join(folder, 'with-text.sft'), writeSafetensors(tensors))
}, 120_000)
afterAll(() => rm(folder, { recursive: true }))

function find(name: string): Command {
  const [first, second] = name.split(' ')
  const command = commands().commands.find((candidate) => candidate.name() === first)!
  return second === undefined ? command : command.commands.find((candidate) => candidate.name() === second)!
}
const optionOf = (command: Command, long: string): Option => command.options.find((option) => option.long === long)!

/** The values that a help text names in words; those of `choices` are known to commander itself. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'edit --style': ['monster', 'magic', 'painting', 'edge', 'flat', 'cloud', 'none', 'magic:0.7'],
  'edit --lora': ['turbo.safetensors:0.8'],
  'edit --output': ['out.png', 'out.jpg', 'out.webp', 'out.avif', 'out.svg'],
  'edit --layer': ['layer.png', 'layer.webp', 'layer.avif'],
  'edit --svg': ['out.svg'],
  'edit --memory-budget': ['4GB'],
  'matte --output': ['out.png', 'out.jpg', 'out.webp', 'out.avif'],
  'sheet --output': ['out.png', 'out.jpg', 'out.webp'],
  'parity --provider': ['cpu', 'wasm', 'webgpu'],
  'convert --id': ['monster', 'magic', 'painting', 'edge', 'flat', 'cloud'],
}

test('NAMED is what the help says: every word of a list in it, and nothing else', async () => {
  const help = (name: string): string => {
    const [command, long] = name.split(' ')
    return optionOf(find(command!), long!).description
  }
  for (const [name, values] of Object.entries(NAMED)) {
    for (const value of values)
      expect([name, help(name).includes(value.replace(/^(?:out|layer)(?=\.)/, ''))]).toEqual([name, true])
  }
  // No other ending is named by these, and no option that names one is without a try.
  const endings = (words: string): string[] =>
    [...new Set(words.match(/\.(?:png|jpe?g|webp|avif|svg|gif|tiff)\b/g))].sort()
  const all = (command: Command): [string, Option][] => [
    ...command.options.map((option): [string, Option] => [`${command.name()} ${option.long}`, option]),
    ...command.commands.flatMap(all),
  ]
  for (const [name, { description }] of all(commands()))
    expect([name, endings(description)]).toEqual([name, endings((NAMED[name] ?? []).join(' '))])
  // The styles that the model has are those that the help names.
  const { styles } = JSON.parse(await readFile(join(embeddedModel, 'model.json'), 'utf8')) as {
    styles: { id: string }[]
  }
  expect(styles.map(({ id }) => id)).toEqual(NAMED['edit --style']!.slice(0, styles.length))
})

const edit = async (...flags: string[]): Promise<string> => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    await commands().parseAsync(['node', 'photodoodle', 'edit', photo, 'add a crown', '--steps', '1', ...flags])
    return log.mock.calls.flat().map(String).join('\n')
  } finally {
    log.mockRestore()
  }
}

test.each(NAMED['edit --style']!)(
  '--style %s draws',
  async (style) => {
    const output = join(folder, `style-${style.replace(':', '-')}.png`)
    expect(await edit('--style', style, '-o', output)).toContain('doodle covers')
    expect(await sharp(output).metadata()).toMatchObject({ format: 'png', width: 96, height: 96 })
  },
  300_000,
)

test('--style none draws what no --style draws', async () => {
  const [none, bare] = [join(folder, 'none.png'), join(folder, 'bare.png')]
  await edit('--style', 'none', '-o', none)
  await edit('-o', bare)
  expect((await readFile(none)).equals(await readFile(bare))).toBe(true)
}, 300_000)

const tiny = (...flags: string[]): string[] => ['edit', photo, 'add a crown', '--model', join(folder, 'tiny'), ...flags]
const FLUX = 'tests/parity/pipeline/FLUX.1-dev'
const TRANSFORMER = 'tests/parity/transformer-diffusers/weights.safetensors'
const LORA = 'tests/parity/lora-diffusers/lora.safetensors'

/** A command line that takes a value of an option; `out` is a fresh path. */
const RUNS: Readonly<Record<string, (value: string, out: string) => string[]>> = {
  'edit --output': (value, out) => tiny('-o', `${out}-${value}`, '--force'),
  'edit --layer': (value, out) => tiny('-o', `${out}.png`, '--layer', `${out}-${value}`),
  'edit --svg': (value, out) => tiny('-o', `${out}.png`, '--svg', `${out}-${value}`),
  'edit --lora': (value, out) => tiny('-o', `${out}.png`, '--lora', join(folder, value)),
  'edit --memory-budget': (value, out) => tiny('-o', `${out}.png`, '--memory-budget', value),
  'edit --precision': (value, out) => tiny('-o', `${out}.png`, '--precision', value),
  'matte --output': (value, out) => ['matte', photo, '-o', `${out}-${value}`],
  'sheet --output': (value, out) => [
    'sheet',
    join(folder, 'sheet.recipe'),
    '--model',
    join(folder, 'tiny'),
    '-o',
    `${out}-${value}`,
  ],
  'parity --provider': (value) => ['parity', 'tests/parity/codec', '--provider', value],
  'parity --precision': (value) => ['parity', 'tests/parity/transformer-guidance', '--precision', value],
  'convert --dtype': (value, out) => ['convert', TRANSFORMER, '--out', out, '--dtype', value],
  'convert --names': (value, out) => [
    'convert',
    value === 'reference' ? 'tests/parity/transformer-guidance/weights.safetensors' : TRANSFORMER,
    '--out',
    out,
    '--names',
    value,
  ],
  'convert --t5-dtype': (value, out) => ['convert', '--flux', FLUX, '--out', out, '--t5-dtype', value],
  'convert --modulation-dtype': (value, out) => ['convert', '--flux', FLUX, '--out', out, '--modulation-dtype', value],
  'convert --style-dtype': (value) => [
    ...['convert', '--style', LORA, '--model', join(folder, 'flux'), '--id', `own-${value}`],
    ...['--trigger', 'sksown', '--style-dtype', value],
  ],
  'convert --id': (value) => ['convert', '--style', LORA, '--model', join(folder, 'flux'), '--id', value],
  'dump --part': (value, out) => [
    'graph',
    'dump',
    ...(/^(?:layout|drawing|codec)/.test(value) ? [join(folder, 'tiny')] : ['--config', GUIDED]),
    '--part',
    value,
    '-o',
    out,
  ],
  'dump --format': (value, out) => ['graph', 'dump', '--config', GUIDED, '--format', value, '-o', out],
  'dump --attention': (value, out) => ['graph', 'dump', '--config', GUIDED, '--attention', value, '-o', out],
  'dump --precision': (value, out) => ['graph', 'dump', '--config', GUIDED, '--precision', value, '-o', out],
  'random-flux --dtype': (value, out) => [
    ...['random-flux', '--double', '1', '--single', '1', '--heads', '1'],
    ...['--dtype', value, '--out', out],
  ],
}
const GUIDED = 'tests/parity/transformer-guidance/case.json'

/** Those that need a browser or gigabytes, which `npm run parity` and `npm run bench` give them. */
const ELSEWHERE = [
  'parity --provider wasm',
  'parity --provider webgpu',
  'bench --provider cpu',
  'bench --provider webgpu',
  'bench --precision f32',
  'bench --precision f16',
]
/** Tried below, each on the styles' own model. */
const STYLES = NAMED['edit --style']!.map((value) => `edit --style ${value}`)

const values: [option: string, value: string][] = []
const walk = (command: Command): void => {
  command.commands.forEach(walk)
  for (const option of command.options) {
    const name = `${command.name()} ${option.long}`
    for (const value of [...(option.argChoices ?? []), ...(NAMED[name] ?? [])]) values.push([name, value])
  }
}
walk(commands())
const tried = values.filter(([name, value]) => ![...ELSEWHERE, ...STYLES].includes(`${name} ${value}`))

test('every value that a help names is tried, or told why not', () => {
  expect(tried.filter(([name]) => RUNS[name] === undefined)).toEqual([])
  expect(tried.length).toBe(values.length - ELSEWHERE.length - STYLES.length)
  expect(tried.length).toBeGreaterThan(50)
})

test.each(tried)(
  '%s %s works',
  async (name, value) => {
    const out = join(folder, `${name} ${value}`.replace(/\W+/g, '-'))
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    try {
      await commands().parseAsync(['node', 'photodoodle', ...RUNS[name]!(value, out)])
      expect([process.exitCode ?? 0, log.mock.calls.flat().join('\n')]).toEqual([0, expect.stringMatching(/./)])
    } finally {
      log.mockRestore()
      process.exitCode = undefined
    }
    const [, ending] = /\.(\w+)$/.exec(value) ?? []
    if (ending === undefined || name === 'edit --lora') return
    const { format, compression, hasAlpha } = await sharp(`${out}-${value}`).metadata()
    expect(compression === 'av1' ? 'avif' : format).toBe(ending === 'jpg' ? 'jpeg' : ending)
    if (name === 'edit --layer') expect(hasAlpha).toBe(true)
  },
  300_000,
)

test('a LoRA file as .safetensors or .sft draws what it draws as a style; keys of text encoders are named', async () => {
  const pictureOf = async (name: string, ...flags: string[]): Promise<Buffer> => {
    const output = join(folder, name)
    await commands().parseAsync(['node', 'photodoodle', ...tiny(...flags, '-o', output)])
    return readFile(output)
  }
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const style = await pictureOf('as-style.png', '--style', 'magic:0.8')
    expect((await pictureOf('as-file.png', '--lora', join(folder, 'turbo.safetensors:0.8'))).equals(style)).toBe(true)
    expect(log.mock.calls.flat().join('\n')).not.toContain('left out')
    expect((await pictureOf('as-sft.png', '--style', join(folder, 'with-text.sft:0.8'))).equals(style)).toBe(true)
    expect(log.mock.calls.flat().join('\n')).toMatch(/with-text\.sft: 2 keys are left out.*"lora_te1_text_model/)
    expect(style.equals(await pictureOf('without.png'))).toBe(false)
  } finally {
    log.mockRestore()
  }
}, 300_000)

test.each(['edit', 'matte'])('every kind of photo that the help of %s names opens', async (command) => {
  const { description } = find(command).registeredArguments[0]!
  const kinds = description.toLowerCase().split(/, | or /)
  expect(kinds.length).toBe(7)
  for (const kind of kinds) {
    const path = join(folder, `photo.${kind}`)
    if (kind === 'svg')
      await writeFile(
        path,
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="7"><rect width="9" height="7" fill="#c81e28"/></svg>',
      )
    else
      await sharp({ create: { width: 9, height: 7, channels: 3, background: '#c81e28' } })
        .toFormat(kind as 'tiff')
        .toFile(path)
    const { format, image } = await decodePhoto(path)
    expect([format, image.width, image.height]).toEqual([kind, 9, 7])
    for (const [i, value] of [200, 30, 40].entries())
      expect(Math.abs(image.data[4 * 31 + i]! - value)).toBeLessThanOrEqual(kind === 'jpeg' || kind === 'webp' ? 4 : 2)
  }
})
