import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { commands } from './main'
import { embeddedModel } from './shared/model'

let folder: string
let photo: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'help-'))
  photo = join(folder, 'photo.png')
  await sharp('public/samples/dog.jpg').resize(96, 96).png().toFile(photo)
})
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
  'edit --output': ['out.png', 'out.jpg', 'out.webp', 'out.avif', 'out.svg'],
  'edit --layer': ['layer.png', 'layer.webp', 'layer.avif'],
  'edit --lora': ['turbo.safetensors:0.8'],
  'edit --memory-budget': ['4GB'],
  'parity --provider': ['cpu', 'wasm', 'webgpu'],
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
  // The styles that the model has are those that the help names.
  const { styles } = JSON.parse(await readFile(join(embeddedModel, 'model.json'), 'utf8')) as {
    styles: { id: string }[]
  }
  expect(styles.map(({ id }) => id)).toEqual(NAMED['edit --style']!.slice(0, styles.length))
})

test('every value of every choice, and every default, is taken by its own option', () => {
  const seen: string[] = []
  const walk = (command: Command): void => {
    command.commands.forEach(walk)
    for (const option of command.options) {
      for (const value of [...(option.argChoices ?? []), ...(NAMED[`${command.name()} ${option.long}`] ?? [])]) {
        if (option.parseArg !== undefined) expect(() => option.parseArg!(value, undefined as never)).not.toThrow()
        seen.push(`${command.name()} ${option.long} ${value}`)
      }
      if (option.argChoices !== undefined && option.defaultValue !== undefined)
        expect(option.argChoices).toContain(option.defaultValue)
    }
  }
  walk(commands())
  expect(seen.length).toBeGreaterThan(30)
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

test.each(NAMED['edit --output']!)(
  '-o %s is a file of that kind, its layer too',
  async (name) => {
    const layer = join(folder, `layer-of-${name.replace(/svg|jpg/, 'png')}`)
    await edit('-o', join(folder, name), '--layer', layer)
    const { format, compression } = await sharp(join(folder, name)).metadata()
    expect(compression === 'av1' ? 'avif' : format).toBe({ 'out.jpg': 'jpeg' }[name] ?? name.slice(4))
    expect((await sharp(layer).metadata()).hasAlpha).toBe(true)
  },
  300_000,
)
