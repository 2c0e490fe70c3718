import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommanderError, type Command } from 'commander'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { writeSafetensors } from '../src/engine/formats/safetensors'
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

/** Each command with a wrong file in each of its places. `out` is a fresh path. */
const LINES: Readonly<Record<string, (wrong: string, out: string) => string[]>> = {
  'edit the photo': (wrong, out) => ['edit', wrong, 'add a hat', '-o', `${out}.png`],
  'edit --region': (wrong, out) => [
    'edit',
    'public/samples/dog.jpg',
    'add a hat',
    '--region',
    wrong,
    '-o',
    `${out}.png`,
  ],
  'edit --model': (wrong, out) => ['edit', 'public/samples/dog.jpg', 'add a hat', '--model', wrong, '-o', `${out}.png`],
  matte: (wrong, out) => ['matte', wrong, '-o', `${out}.png`],
  sheet: (wrong, out) => ['sheet', wrong, '-o', `${out}.png`],
  cards: (wrong, out) => ['cards', wrong, '-o', out],
  convert: (wrong, out) => ['convert', wrong, '--out', out],
  'convert --flux': (wrong, out) => ['convert', '--flux', wrong, '--out', out],
  'convert --style': (wrong, out) => ['convert', '--style', wrong, '--out', out],
  'convert --style --model': (wrong) => [
    'convert',
    '--style',
    'tests/parity/lora-diffusers/lora.safetensors',
    '--model',
    wrong,
    '--id',
    'magic',
  ],
  'convert --report': (wrong) => ['convert', '--report', wrong],
  'graph dump': (wrong, out) => ['graph', 'dump', wrong, '-o', `${out}.onnx`],
  'graph dump --config': (wrong, out) => ['graph', 'dump', '--config', wrong, '-o', `${out}.onnx`],
  parity: (wrong) => ['parity', wrong],
  bench: (wrong) => ['bench', wrong],
  'bench --model': (wrong) => ['bench', '--model', wrong],
}

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
      }
    },
    600_000,
  )

  test('every command is walked', () => {
    const walked = new Set(Object.values(LINES).map((line) => line('x', 'y')[0]))
    const others = ['doctor', 'random-flux']
    expect(
      commands()
        .commands.map((command) => command.name())
        .sort(),
    ).toEqual([...walked, ...others].sort())
  })

  test('outputs that cannot be', async () => {
    for (const line of [
      ['edit', 'public/samples/dog.jpg', 'a hat', '-o', at('folder')],
      ['edit', 'public/samples/dog.jpg', 'a hat', '-o', at('list.json/out.png')],
      ['edit', 'public/samples/dog.jpg', 'a hat', '-o', at('out.gif')],
      ['edit', 'public/samples/dog.jpg', 'a hat', '--layer', at('out.jpg')],
      ['edit', 'public/samples/dog.jpg', 'a hat', '--svg', at('out.png')],
      ['edit', 'public/samples/dog.jpg', 'a hat', '-o', 'public/samples/dog.jpg'],
      ['matte', 'public/samples/dog.jpg', '-o', at('folder')],
      ['convert', '--flux', 'tests/parity/pipeline/FLUX.1-dev', '--out', at('list.json')],
      ['convert', 'tests/parity/lora-diffusers/lora.safetensors', '--out', at('list.json')],
      ['random-flux', '--out', at('folder'), '--double', '1', '--single', '1', '--heads', '1'],
      ['random-flux', '--out', at('list.json/x'), '--double', '1', '--single', '1', '--heads', '1'],
      ['random-flux', '--out', at('x.safetensors'), '--seed', 'many'],
      ['graph', 'dump', 'public/models/nano', '--part', 'drawing-step', '-o', at('folder')],
      ['cards', 'docs/style-cards.json', '-o', at('list.json')],
      ['sheet', 'docs/contact-sheet.json', '-o', at('folder')],
      ['edit'],
      ['edit', 'x'],
      ['convert'],
      ['doodle'],
      ['edit', 'a', 'b', '--seed', 'x'],
      ['edit', 'a', 'b', '--style', ''],
      ['edit', 'a', 'b', '--memory-budget', 'lots'],
    ]) {
      const { text, failed } = await run(...line)
      expect([line, failed]).toEqual([line, true])
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
