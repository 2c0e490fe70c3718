import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommanderError, type Command } from 'commander'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { writeSafetensors } from '../src/engine/formats/safetensors'
import { writeTinyLayerModel } from './testing/tiny-layer-model'
import { explain } from './shared/explain'
import { commands } from './main'

let folder: string
const at = (name: string): string => join(folder, name)
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 23802932552\n'

/** Files that are not what a command wants, whatever it wants. */
const WRONG: Readonly<Record<string, string | Uint8Array>> = {
  'absent.safetensors': '',
  'empty.safetensors': '',
  'text.safetensors': 'dear diary',
  'lfs.safetensors': LFS,
  'page.safetensors': '<!doctype html><title>Sign in</title>',
  'pickle.safetensors': Uint8Array.of(0x80, 2, ...new Uint8Array(99)),
  'model.gguf': 'GGUF\x03\0\0\0',
  'archive.zip': 'PK\x03\x04....',
  'zeros.bin': new Uint8Array(5000),
  'noise.jpg': Uint8Array.from({ length: 3000 }, (_, i) => (i * 131 + (i >> 3)) % 256),
  'cut.jpg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16),
  'list.json': '[1, 2]',
  'object.json': '{"seed": 1}',
  'broken.json': '{"seed": ',
  'other.safetensors': writeSafetensors([['a', { dtype: 'F32', shape: [2], bytes: new Uint8Array(8) }]]),
  folder: '',
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wrong-'))
  for (const [name, content] of Object.entries(WRONG)) {
    if (name === 'folder') await mkdir(at(name))
    else if (!name.startsWith('absent')) await writeFile(at(name), content)
  }
})
/** A model that loads in no time, and recipes that name a photo. */
beforeAll(async () => {
  await writeTinyLayerModel(at('tiny'))
  await copyFile('public/samples/dog.jpg', at('dog.jpg'))
  const rows = [{ label: 'a', style: [], instructions: ['add a hat'] }]
  await writeFile(at('sheet.recipe'), JSON.stringify({ seed: 1, photos: ['dog.jpg'], rows }))
  const card = { style: 'magic', photo: 'dog.jpg', instruction: 'add a hat', seed: 1 }
  await writeFile(at('cards.recipe'), JSON.stringify([card]))
}, 120_000)
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** What a person would read after a command line; an exit by commander's own help is an answer too. */
async function run(...argv: string[]): Promise<{ text: string; failed: boolean }> {
  const said: string[] = []
  const say = (...words: unknown[]): void => void said.push(words.map(String).join(' '))
  vi.spyOn(console, 'log').mockImplementation(say)
  vi.spyOn(console, 'error').mockImplementation(say)
  const program = commands()
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        say(text)
      },
      writeOut: (text) => {
        say(text)
      },
    })
    command.commands.forEach(quiet)
  }
  quiet(program)
  try {
    await program.parseAsync(['node', 'photodoodle', ...argv])
    return { text: said.join('\n'), failed: process.exitCode === 1 }
  } catch (error) {
    // What commander says is said by then.
    return { text: [...said, ...(error instanceof CommanderError ? [] : [explain(error)])].join('\n'), failed: true }
  }
}

const PHOTO = 'public/samples/dog.jpg'
const FLUX = ['convert', '--flux', 'tests/parity/pipeline/FLUX.1-dev'] as const

/**
 * A wrong file in each place that takes one: the arguments of a command under its name, an option under both names.
 * `out` is a fresh path.
 */
const LINES: Readonly<Record<string, (wrong: string, out: string) => string[]>> = {
  edit: (wrong, out) => ['edit', wrong, 'add a hat', '-o', `${out}.png`],
  ...Object.fromEntries(
    ['--style', '--lora'].map((option) => [
      `edit ${option}`,
      (wrong: string, out: string) => [
        'edit',
        PHOTO,
        'a hat',
        option,
        wrong,
        '--model',
        at('tiny'),
        '-o',
        `${out}.png`,
      ],
    ]),
  ),
  'edit --region': (wrong, out) => ['edit', PHOTO, 'add a hat', '--region', wrong, '-o', `${out}.png`],
  'edit --model': (wrong, out) => ['edit', PHOTO, 'add a hat', '--model', wrong, '-o', `${out}.png`],
  compose: (wrong, out) => ['compose', PHOTO, wrong, '-o', `${out}.png`],
  matte: (wrong, out) => ['matte', wrong, '-o', `${out}.png`],
  sheet: (wrong, out) => ['sheet', wrong, '-o', `${out}.png`],
  'sheet --model': (wrong, out) => ['sheet', at('sheet.recipe'), '--model', wrong, '-o', `${out}.png`],
  cards: (wrong, out) => ['cards', wrong, '-o', out],
  'cards --model': (wrong, out) => ['cards', at('cards.recipe'), '--model', wrong, '-o', out],
  convert: (wrong, out) => ['convert', wrong, '--out', out],
  'convert --flux': (wrong, out) => ['convert', '--flux', wrong, '--out', out],
  ...Object.fromEntries(
    ['--pretrain-lora', '--vae', '--clip', '--t5', '--tokenizers'].map((option) => [
      `convert ${option}`,
      (wrong: string, out: string) => [...FLUX, option, wrong, '--out', out],
    ]),
  ),
  'convert --style': (wrong, out) => ['convert', '--style', wrong, '--out', out],
  'convert --model': (wrong) => [
    'convert',
    '--style',
    'tests/parity/lora-diffusers/lora.safetensors',
    '--model',
    wrong,
    '--id',
    'magic',
  ],
  'convert --report': (wrong) => ['convert', '--report', wrong],
  dump: (wrong, out) => ['graph', 'dump', wrong, '-o', `${out}.onnx`],
  'dump --config': (wrong, out) => ['graph', 'dump', '--config', wrong, '-o', `${out}.onnx`],
  parity: (wrong) => ['parity', wrong],
  bench: (wrong) => ['bench', wrong],
  'bench --model': (wrong) => ['bench', '--model', wrong],
  'bench --against': (wrong) => ['bench', '--against', wrong],
}
/** Options that name what is written; "outputs that cannot be" has each. */
const OUTPUTS = [
  'edit --output',
  'edit --layer',
  'edit --svg',
  'compose --output',
  'compose --layer',
  'matte --output',
  'sheet --output',
  'sheet --keep',
  'cards --out',
  'convert --out',
  'dump --output',
  'parity --json',
  'bench --json',
  'bench --save',
  'bench --plot',
  'random-flux --out',
]

describe('no command answers wrong input with a stack', () => {
  test.each(Object.entries(LINES))(
    '%s',
    async (name, line) => {
      for (const [i, wrong] of Object.keys(WRONG).entries()) {
        // "other" is a sound file of weights, which convert and its report do take.
        if (wrong === 'other.safetensors' && /^convert(?: --report)?$/.test(name)) continue
        const out = at(`out-${name.replaceAll(' ', '-')}-${i}`)
        const { text, failed } = await run(...line(at(wrong), out))
        expect([wrong, failed, text]).toEqual([wrong, true, expect.stringMatching(/\b[A-Z]\w+: .{10,}|error: /)])
        expect(text).not.toMatch(/\n\s+at |Unexpected: |undefined|\[object|NaN/)
        // A folder that an early refusal left is no model.
        expect(await readFile(join(out, 'model.json'), 'utf8').catch(() => 'none')).toBe('none')
      }
    },
    600_000,
  )

  test('every place that takes a file or a folder is walked', () => {
    const places: string[] = []
    const walk = (command: Command): void => {
      command.commands.forEach(walk)
      if (command.registeredArguments.some(({ description }) => !/^what to draw/.test(description)))
        places.push(command.name())
      for (const { long, flags } of command.options)
        if (/<(?:file|dir|path|folder|png|mask|style)>/.test(flags)) places.push(`${command.name()} ${long}`)
    }
    walk(commands())
    // The doctor is asked about each further down: it says what a file is, where others fail.
    expect(places.sort()).toEqual([...Object.keys(LINES), ...OUTPUTS, 'doctor'].sort())
  })

  test('outputs that cannot be', async () => {
    // No model there, so that what is named first is what was checked before drawing.
    const edit = ['edit', PHOTO, 'a hat', '--model', at('absent')]
    const tiny = ['--double', '1', '--single', '1', '--heads', '1']
    for (const [about, ...line] of [
      ['is a folder', ...edit, '-o', at('folder')],
      ['is a file, where', ...edit, '-o', at('list.json/out.png')],
      ['cannot be written as GIF', ...edit, '-o', at('out.gif')],
      ['cannot be written as JPG', ...edit, '--layer', at('out.jpg')],
      ['cannot be written as PNG', ...edit, '--svg', at('out.png')],
      ['outlines are asked for twice', ...edit, '-o', at('out.svg'), '--svg', at('outlines.svg')],
      ['two outputs', ...edit, '-o', at('out.png'), '--layer', at('folder/../out.png')],
      ['file that is read.*--force', ...edit, '-o', PHOTO],
      ['file that is read.*--force', ...edit, '--region', at('dog.jpg'), '-o', at('dog.jpg')],
      ['is a folder', 'matte', PHOTO, '-o', at('folder')],
      ['file that is read.*--force', 'matte', at('dog.jpg'), '-o', at('dog.jpg')],
      ['is a file, where', 'convert', '--flux', 'tests/parity/pipeline/FLUX.1-dev', '--out', at('list.json')],
      ['is a file, where', 'convert', 'tests/parity/lora-diffusers/lora.safetensors', '--out', at('list.json')],
      ['is a folder', 'random-flux', '--out', at('folder'), ...tiny],
      ['is a file, where', 'random-flux', '--out', at('list.json/x'), ...tiny],
      ['a number is needed', 'random-flux', '--out', at('x.safetensors'), '--seed', 'many'],
      ['is a folder', 'graph', 'dump', 'public/models/nano', '--part', 'drawing-step', '-o', at('folder')],
      ['file that is read', 'graph', 'dump', '--config', at('object.json'), '-o', at('object.json')],
      ['is a file, where', 'cards', 'docs/style-cards.json', '-o', at('list.json')],
      ['is a folder', 'sheet', at('sheet.recipe'), '-o', at('folder')],
      ['file that is read', 'sheet', at('sheet.recipe'), '-o', at('dog.jpg')],
      ['is a file, where', 'sheet', at('sheet.recipe'), '-o', at('sheet.png'), '--keep', at('list.json')],
      ['is a folder', 'parity', 'tests/parity/codec', '--json', at('folder')],
      ['is a file, where', 'bench', '--flux-blocks', '--save', at('list.json')],
      ['argument', 'edit'],
      ['argument', 'edit', 'x'],
      ['One thing', 'convert'],
      ['unknown command', 'doodle'],
      ['a number', 'edit', 'a', 'b', '--seed', 'x'],
      ['a style is needed', 'edit', 'a', 'b', '--style', ''],
      ['a size such as', 'edit', 'a', 'b', '--memory-budget', 'lots'],
    ]) {
      const { text, failed } = await run(...line)
      expect([line, failed, text]).toEqual([line, true, expect.stringMatching(new RegExp(about!))])
      expect(text).toMatch(/\b[A-Z]\w+: .{10,}|error: /)
      expect(text).not.toMatch(/\n\s+at |Unexpected: |undefined|\[object/)
    }
  }, 600_000)
})

test('the doctor names every one of them, and says what to do', async () => {
  const said: Record<string, string> = {}
  for (const wrong of Object.keys(WRONG)) {
    const { text, failed } = await run('doctor', at(wrong))
    expect([wrong, failed]).toEqual([wrong, true])
    expect(text).not.toMatch(/\n\s+at |Unexpected: |undefined|\[object/)
    said[wrong] = text
  }
  expect(said['lfs.safetensors']).toMatch(/Git LFS pointer.*\n.*git lfs pull/)
  expect(said['page.safetensors']).toMatch(/web page.*\n.*sign in/)
  expect(said['pickle.safetensors']).toMatch(/pickle.*\n.*\.safetensors/)
  expect(said['archive.zip']).toMatch(/ZIP.*\n.*Unpack/)
  expect(said['zeros.bin']).toMatch(/zeros.*\n.*again/)
  expect(said['absent.safetensors']).toMatch(/no such file/)
  expect(said['empty.safetensors']).toMatch(/empty/)
  expect(said['other.safetensors']).toMatch(/1 tensors of no model.*"a"/)
  expect(said['folder']).toMatch(/none of them weights/)
})

test('the doctor knows what works', async () => {
  const good: Readonly<Record<string, RegExp>> = {
    'public/samples/dog.jpg': /a jpeg picture of \d+ x \d+ pixels\n.*page and on the command line/,
    'public/models/nano': /a model: Nano/,
    'tests/parity/pipeline/FLUX.1-dev': /a download with FLUX\.1-dev.*\n.*convert --flux/,
    'tests/parity/pipeline/FLUX.1-dev/vae/diffusion_pytorch_model.safetensors': /an autoencoder/,
    'tests/parity/pipeline/FLUX.1-dev/text_encoder/model.safetensors': /a CLIP text encoder/,
  }
  for (const [path, words] of Object.entries(good)) {
    const { text, failed } = await run('doctor', path)
    expect([path, failed, text]).toEqual([path, false, expect.stringMatching(words)])
  }
})

test('what is left of a refused command is nothing', async () => {
  const before = (await readdir(folder)).filter((name) => name.startsWith('out-') && !name.includes('.'))
  for (const name of before) expect((await readdir(at(name))).filter((file) => file === 'manifest.json')).toEqual([])
})
