import { mkdtempSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { commands } from './main'
import { openManifest } from '../src/engine/formats/manifest'
import { writeSafetensors } from '../src/engine/formats/safetensors'
import type { StoredTensor } from '../src/engine/formats/weight-store'
import { emptyProject } from '../src/ui/project/project'
import { writeRecipe } from '../src/ui/project/saved-recipe'
import { decodePhoto } from './shared/images'
import { embeddedModel } from './shared/model'
import { nodeFiles } from './shared/node-files'
import { writeTinyLayerModel } from './testing/tiny-layer-model'

const STYLES = ['monster', 'magic', 'painting', 'edge', 'flat', 'cloud'] as const
const FLUX = 'tests/parity/pipeline/FLUX.1-dev'
const TRANSFORMER = 'tests/parity/transformer-diffusers/diffusion_pytorch_model.safetensors'
const GUIDED = 'tests/parity/transformer-guidance'
const LORA = 'tests/parity/lora-diffusers/lora.safetensors'

const folder = mkdtempSync(join(tmpdir(), 'help-'))
const at = (name: string): string => join(folder, name)
beforeAll(async () => {
  await sharp('public/samples/dog.jpg').resize(96, 96).png().toFile(at('photo.png'))
  await writeTinyLayerModel(at('tiny'), 1, STYLES)
  const rows = [{ label: 'a', style: 'magic', instructions: ['add a crown'] }]
  await writeFile(at('sheet.recipe'), JSON.stringify({ seed: 1, photos: ['photo.png'], rows }))
  const size = { width: 96, height: 96 }
  const saved = await writeRecipe({ id: 'x', name: 'photo.png', ...size, subject: null }, emptyProject, null, null)
  await writeFile(at('saved.json'), saved)
  const card = { style: 'magic', photo: 'photo.png', instruction: 'add a crown', seed: 1 }
  await writeFile(at('cards.recipe'), JSON.stringify([card]))
  await mkdir(at('flux'))
  const { config } = JSON.parse(await readFile('tests/parity/lora-diffusers/case.json', 'utf8')) as { config: unknown }
  await writeFile(at('flux/model.json'), JSON.stringify({ id: 'flux', transformer: { config }, styles: [] }))
  // A style of the tiny model as a file, alone and beside keys of a text encoder.
  const style = await openManifest(nodeFiles(at('tiny')), 'styles/magic')
  const tensors: [string, StoredTensor][] = []
  for (const name of style.names()) tensors.push([name, await style.read(name)])
  await writeFile(at('turbo.safetensors'), writeSafetensors(tensors))
  const zeros: StoredTensor = { dtype: 'F32', shape: [4, 4], bytes: new Uint8Array(64) }
  for (const role of ['lora_down', 'lora_up'])
    tensors.unshift([`lora_te1_text_model_encoder_layers_0_mlp_fc1.${role}.weight`, zeros])
  await writeFile(at('with-text.sft'), writeSafetensors(tensors))
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** The values that a help text names in words; those of `choices` are known to commander itself. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'edit --style': [...STYLES, 'none', 'magic:0.7'],
  'edit --lora': ['turbo.safetensors:0.8'],
  'edit --output': ['out.png', 'out.jpg', 'out.webp', 'out.avif', 'out.svg'],
  'edit --layer': ['layer.png', 'layer.webp', 'layer.avif'],
  'edit --svg': ['out.svg'],
  'edit --memory-budget': ['4GB'],
  'compose --output': ['out.png', 'out.jpg', 'out.webp', 'out.avif'],
  'compose --layer': ['layer.png', 'layer.webp', 'layer.avif'],
  'matte --output': ['out.png', 'out.jpg', 'out.webp', 'out.avif'],
  'sheet --output': ['out.png', 'out.jpg', 'out.webp'],
  'parity --provider': ['cpu', 'wasm', 'webgpu'],
  'convert --id': STYLES,
  'cards --out': ['STYLE.webp'],
}

/** Every option, under its command's name and its own. */
function options(command: Command = commands()): [name: string, option: Option][] {
  return [
    ...command.options.map((option): [string, Option] => [`${command.name()} ${option.long}`, option]),
    ...command.commands.flatMap(options),
  ]
}

/** Those of NAMED and of commander's choices. */
const valuesOf = (name: string): readonly string[] => [
  ...(options().find(([candidate]) => candidate === name)?.[1].argChoices ?? []),
  ...(NAMED[name] ?? []),
]

test('NAMED is what the help says: every word of a list in it, and nothing else', async () => {
  const help = new Map(options().map(([name, { description }]) => [name, description]))
  for (const [name, values] of Object.entries(NAMED)) {
    for (const value of values)
      expect([name, help.get(name)?.includes(value.replace(/^(?:out|layer)(?=\.)/, ''))]).toEqual([name, true])
  }
  // No other ending is named by these, and no option that names one is without a try.
  const endings = (words: string): string[] =>
    [...new Set(words.match(/\.(?:png|jpe?g|webp|avif|svg|gif|tiff)\b/g))].sort()
  for (const [name, description] of help)
    expect([name, endings(description)]).toEqual([name, endings((NAMED[name] ?? []).join(' '))])
  // Nor is a style.
  for (const [name, description] of help)
    if (STYLES.every((style) => description.includes(style))) expect(Object.keys(NAMED)).toContain(name)
  // The styles that the model has are those that the help names.
  const { styles } = JSON.parse(await readFile(join(embeddedModel, 'model.json'), 'utf8')) as {
    styles: { id: string }[]
  }
  expect(styles.map(({ id }) => id)).toEqual(STYLES)
})

/** On a model that draws in no time; the shipped one draws in each style in e2e/offline.spec.ts. */
const edit = (...flags: string[]): string[] => ['edit', at('photo.png'), 'a crown', '--model', at('tiny'), ...flags]

/** A command, what every line of it begins with, and options that are given together. */
type Lines = readonly [command: string, start: (i: number) => string[], options: readonly string[]]
const LINES: readonly Lines[] = [
  [
    'edit',
    () => edit('--force'),
    ['--style', '--output', '--layer', '--svg', '--lora', '--memory-budget', '--precision'],
  ],
  ['compose', () => ['compose', at('photo.png'), at('saved.json'), '--force'], ['--output', '--layer']],
  ['matte', () => ['matte', at('photo.png'), '--force'], ['--output']],
  ['sheet', () => ['sheet', at('sheet.recipe'), '--model', at('tiny')], ['--output']],
  ['parity', () => ['parity', 'tests/parity/codec'], ['--provider']],
  ['parity', () => ['parity', GUIDED], ['--precision']],
  ['convert', (i) => ['convert', TRANSFORMER, '--out', at(`dtype-${i}`)], ['--dtype']],
  // Of three names the second is that of another file.
  [
    'convert',
    (i) => ['convert', i === 1 ? `${GUIDED}/weights.safetensors` : TRANSFORMER, '--out', at(`names-${i}`)],
    ['--names'],
  ],
  ['convert', (i) => ['convert', '--flux', FLUX, '--out', at(`flux-${i}`)], ['--t5-dtype', '--modulation-dtype']],
  ['convert', () => ['convert', '--style', LORA, '--model', at('flux')], ['--id', '--style-dtype']],
  ['dump', (i) => ['graph', 'dump', ...(i < 6 ? ['--config', `${GUIDED}/case.json`] : [at('tiny')])], ['--part']],
  ['dump', () => ['graph', 'dump', '--config', `${GUIDED}/case.json`], ['--format', '--attention', '--precision']],
  [
    'random-flux',
    (i) => ['random-flux', '--double', '1', '--single', '1', '--heads', '1', '--out', at(`random-${i}.safetensors`)],
    ['--dtype'],
  ],
]
/** Those that need a browser or gigabytes, which `npm run parity` and `npm run bench` give them. */
const ELSEWHERE = [
  'parity --provider wasm',
  'parity --provider webgpu',
  'bench --provider cpu',
  'bench --provider webgpu',
  'bench --precision f32',
  'bench --precision f16',
]
/** What `cards` names is no value of its own: a file for each style of the recipe. It has a test. */
const NO_VALUE = ['cards --out STYLE.webp']

interface Line {
  readonly title: string
  readonly argv: readonly string[]
  /** `command --option value`, as a help names it. */
  readonly tried: readonly string[]
  readonly pictures: readonly string[]
}
/** As many lines as the longest list of values, the shorter ones taken in turn. */
const lines = LINES.flatMap(([command, start, together], group): Line[] => {
  const lists = together.map((option): [string, readonly string[]] => [
    option,
    valuesOf(`${command} ${option}`).filter((value) => !ELSEWHERE.includes(`${command} ${option} ${value}`)),
  ])
  return Array.from({ length: Math.max(...lists.map(([, values]) => values.length)) }, (_, i) => {
    const all = lists.map(([option, values]): [string, string] => [option, values[i % values.length]!])
    // The outlines are asked for once.
    const outlinesAlone = all.some(([option, value]) => option === '--output' && value === 'out.svg')
    const given = all.filter(([option]) => !(option === '--svg' && outlinesAlone))
    const place = (option: string, value: string): string => {
      if (/^(?:out|layer)\./.test(value)) return at(`${group}-${i}${option}-${value}`)
      return value.startsWith('turbo.') ? at(value) : value
    }
    const argv = [...start(i), ...given.flatMap(([option, value]) => [option, place(option, value)])]
    if (command === 'dump') argv.push('-o', at(`${group}-${i}.onnx`))
    return {
      title: [command, ...given.flat()].join(' '),
      argv,
      tried: given.map(([option, value]) => `${command} ${option} ${value}`),
      pictures: argv.filter(
        (word, at) => /^--(?:output|layer|svg)$/.test(argv[at - 1] ?? '') && !word.endsWith('.onnx'),
      ),
    }
  })
})

test('every value that a help names is tried, or told why not', () => {
  const named = options().flatMap(([name]) => valuesOf(name).map((value) => `${name} ${value}`))
  const tried = new Set(lines.flatMap((line) => line.tried))
  expect(named.filter((value) => !tried.has(value)).sort()).toEqual([...ELSEWHERE, ...NO_VALUE].sort())
  expect(tried.size).toBeGreaterThan(60)
})

/** @returns what it said */
async function run(argv: readonly string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await commands().parseAsync(['node', 'photodoodle', ...argv])
  expect(process.exitCode ?? 0).toBe(0)
  return log.mock.calls.flat().map(String).join('\n')
}

test.each(lines)(
  '$title',
  async ({ argv, pictures }) => {
    expect(await run(argv)).toMatch(/./)
    for (const picture of pictures) {
      const { format, compression, hasAlpha } = await sharp(picture).metadata()
      const kind = compression === 'av1' ? 'avif' : format
      expect([picture, kind]).toEqual([picture, picture.endsWith('.jpg') ? 'jpeg' : /\w+$/.exec(picture)![0]])
      if (picture.includes('layer.')) expect(hasAlpha).toBe(true)
    }
  },
  300_000,
)

test('cards are STYLE.webp', async () => {
  await run(['cards', at('cards.recipe'), '--model', at('tiny'), '--out', at('cards')])
  expect((await sharp(at('cards/magic.webp')).metadata()).format).toBe('webp')
}, 300_000)

test('a LoRA file draws what it draws as a style; keys of text encoders are named; "none" is no style', async () => {
  const pictureOf = async (name: string, ...flags: string[]): Promise<[said: string, picture: string]> => [
    await run(edit(...flags, '-o', at(name))),
    (await readFile(at(name))).toString('base64'),
  ]
  const [, style] = await pictureOf('as-style.png', '--style', 'magic:0.8')
  const [quiet, file] = await pictureOf('as-file.png', '--lora', at('turbo.safetensors:0.8'))
  expect(file === style).toBe(true)
  expect(quiet).not.toContain('left out')
  const [said, sft] = await pictureOf('as-sft.png', '--style', at('with-text.sft:0.8'))
  expect(sft === style).toBe(true)
  expect(said).toMatch(/with-text\.sft: 2 keys are left out.*"lora_te1_text_model/)
  const [, bare] = await pictureOf('bare.png')
  expect(style === bare).toBe(false)
  expect((await pictureOf('none.png', '--style', 'none'))[1] === bare).toBe(true)
}, 600_000)

test.each(['edit', 'matte'])('every kind of photo that the help of %s names opens', async (name) => {
  const command = commands().commands.find((candidate) => candidate.name() === name)!
  const kinds = command.registeredArguments[0]!.description.toLowerCase().split(/, | or /)
  expect(kinds.length).toBe(7)
  for (const kind of kinds) {
    const path = at(`photo.${kind}`)
    if (kind === 'svg')
      await writeFile(
        path,
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="7">' +
          '<rect width="9" height="7" fill="#c81e28"/></svg>',
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
