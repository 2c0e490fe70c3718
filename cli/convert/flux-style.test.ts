import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { relativeL2 } from '../../src/engine/core/tensor'
import { openManifest } from '../../src/engine/formats/manifest'
import { openSafetensors, writeSafetensors } from '../../src/engine/formats/safetensors'
import type { StoredTensor } from '../../src/engine/formats/weight-store'
import { readLora } from '../../src/engine/lora/read-lora'
import { parseTransformerConfig, type TransformerConfig } from '../../src/engine/models/transformer/config'
import { registerConvert } from './convert'
import FLUX_FACTS from './flux-facts.json' with { type: 'json' }
import { formatReport, quantiserErrors } from './flux-report'
import { random } from '../testing/flux-testing'
import { fileSource, nodeFiles } from '../shared/node-files'

const config: TransformerConfig = parseTransformerConfig(
  (JSON.parse(await readFile('tests/parity/lora-diffusers/case.json', 'utf8')) as { config: unknown }).config,
)
const modules = [
  'transformer_blocks.0.attn.to_q',
  'transformer_blocks.0.attn.to_k',
  'single_transformer_blocks.1.attn.to_v',
  'transformer_blocks.1.attn.to_add_out',
]
let folder: string
let model: string
let lora: string

const run = (...args: string[]) => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  registerConvert(program)
  return program.parseAsync(['convert', ...args], { from: 'user' })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flux-style-'))
  model = join(folder, 'model')
  await mkdir(model)
  await writeFile(join(model, 'model.json'), JSON.stringify({ id: 'flux', transformer: { config }, styles: [] }))
  // Rank 128, as published.
  const tensors: [string, StoredTensor][] = modules.flatMap((name, i) => [
    [`transformer.${name}.lora_A.weight`, random([128, 64], i + 1)],
    [`transformer.${name}.lora_B.weight`, random([64, 128], i + 50)],
  ])
  lora = join(folder, 'pytorch_lora_weights.safetensors')
  await writeFile(lora, writeSafetensors(tensors))
}, 120_000)
afterAll(() => rm(folder, { recursive: true }))

const adapterOf = async (path: string) => readLora(await openManifest(nodeFiles(folder), path), config)
const description = async () => JSON.parse(await readFile(join(model, 'model.json'), 'utf8')) as { styles: unknown[] }

test('an EditLoRA joins a model as a style, in 8-bit blocks a quarter of its float32 size', async () => {
  await run('--style', lora, '--model', model, '--id', 'monster')
  await expect(run('--style', lora, '--model', model, '--id', 'monster')).rejects.toMatchObject({ name: 'BadRequest' })
  await run('--style', lora, '--model', model, '--id', 'own', '--trigger', 'sksown', '--style-dtype', 'f16')
  expect((await description()).styles).toEqual([
    { ...FLUX_FACTS.styles.find(({ id }) => id === 'monster'), path: 'styles/monster' },
    { id: 'own', name: 'own', trigger: 'sksown', path: 'styles/own' },
  ])
  const expected = await readLora(await openSafetensors(await fileSource(lora)), config)
  for (const [path, tolerance] of [
    ['model/styles/monster', 6e-3],
    ['model/styles/own', 3e-4],
  ] as const) {
    const { layers } = await adapterOf(path)
    expect([...layers.keys()]).toEqual([...expected.layers.keys()])
    for (const [name, { a, b, rank }] of layers) {
      expect(rank).toBe(expected.layers.get(name)!.rank)
      expect(relativeL2(a, expected.layers.get(name)!.a)).toBeLessThan(tolerance)
      expect(relativeL2(b, expected.layers.get(name)!.b)).toBeLessThan(tolerance)
    }
  }
  expect((await stat(join(model, 'styles/monster/shard-00000.bin'))).size).toBeLessThan(0.27 * (await stat(lora)).size)
  await run('--style', lora, '--model', model, '--id', 'own', '--trigger', 'skstwo', '--force')
  expect((await description()).styles).toMatchObject([{ id: 'monster' }, { id: 'own', trigger: 'skstwo' }])
  await run('--style', lora, '--model', model, '--id', 'turbo', '--steps', '8')
  expect((await description()).styles.at(-1)).toEqual({ id: 'turbo', name: 'turbo', steps: 8, path: 'styles/turbo' })
})

test('what cannot be a style of the model is refused before anything is written', async () => {
  // FLUX.1-dev's sizes, without a model.
  await expect(run('--style', lora, '--out', join(folder, 'out'))).rejects.toMatchObject({
    name: 'BadLora',
    message: expect.stringContaining('3072') as string,
  })
  await expect(run('--style', lora, '--model', model, '--id', 'mine')).rejects.toMatchObject({
    name: 'BadRequest',
    message: expect.stringContaining('--trigger') as string,
  })
  await expect(run('--style', lora, '--model', model, '--id', '../up', '--trigger', 'x')).rejects.toMatchObject({
    name: 'BadRequest',
  })
  await expect(run('--style', lora, '--model', join(folder, 'absent'), '--id', 'edge')).rejects.toMatchObject({
    name: 'MissingFile',
  })
  await expect(run('--style', lora)).rejects.toMatchObject({
    name: 'BadRequest',
    message: expect.stringContaining('--out') as string,
  })
  await expect(run('--style', lora, '--flux', lora)).rejects.toMatchObject({ name: 'BadRequest' })
  const half = join(folder, 'half.safetensors')
  await cp('tests/parity/transformer-guidance/weights.safetensors', half)
  await expect(run('--style', half, '--model', model, '--id', 'edge')).rejects.toMatchObject({ name: 'BadLora' })
  expect((await description()).styles).toHaveLength(3)
})

test('a folder as PEFT saves it brings its alpha along, through the conversion too', async () => {
  const peft = join(folder, 'peft')
  await mkdir(peft)
  const tensors: [string, StoredTensor][] = modules.flatMap((name, i) => [
    [`base_model.model.${name}.lora_A.weight`, random([16, 64], i + 1)],
    [`base_model.model.${name}.lora_B.weight`, random([64, 16], i + 50)],
  ])
  await writeFile(join(peft, 'adapter_model.safetensors'), writeSafetensors(tensors))
  // As "checkpoint" folders have it, a file that is none of the adapter's.
  await writeFile(join(peft, 'a.safetensors'), writeSafetensors([]))
  const firstB = async (settings: object, name: string) => {
    await writeFile(join(peft, 'adapter_config.json'), JSON.stringify({ peft_type: 'LORA', r: 16, ...settings }))
    await run('--style', peft, '--model', model, '--id', name, '--trigger', 'x', '--style-dtype', 'f32')
    const adapter = await adapterOf(`model/styles/${name}`)
    return adapter.layers.get('double_blocks.0.img_attn.qkv')!.b[0]!
  }
  const plain = await firstB({ lora_alpha: 16 }, 'plain')
  expect((await firstB({ lora_alpha: 4 }, 'quarter')) / plain).toBeCloseTo(0.25, 6)
  expect(
    (await firstB({ lora_alpha: 4, alpha_pattern: { to_q: 32 }, rank_pattern: { to_q: 16 } }, 'layered')) / plain,
  ).toBeCloseTo(2, 6)
  await expect(firstB({ lora_alpha: 4, r: 8 }, 'other')).rejects.toMatchObject({
    name: 'BadLora',
    message: expect.stringContaining('rank 16') as string,
  })
  await expect(firstB({ peft_type: 'LOHA' }, 'other')).rejects.toMatchObject({
    name: 'BadLora',
    message: expect.stringContaining('LOHA') as string,
  })
  await writeFile(join(peft, 'adapter_config.json'), '{')
  await expect(
    run('--style', join(peft, 'adapter_model.safetensors'), '--model', model, '--id', 'other', '--trigger', 'x'),
  ).rejects.toMatchObject({ name: 'BadLora', message: expect.stringContaining('adapter_config.json') as string })
})

test('the report compares the ways to quantise, group by group', async () => {
  const store = await openSafetensors(await fileSource('tests/parity/transformer-bf16-no-guidance/weights.safetensors'))
  const rows = await quantiserErrors(store)
  const all = rows.at(-1)!
  expect(all.group).toBe('all')
  expect(rows.slice(0, -1).reduce((sum, { weights }) => sum + weights, 0)).toBe(all.weights)
  for (const { errors } of rows) {
    expect(errors.searched).toBeLessThan(errors.signed)
    expect(errors.signed).toBeLessThan(errors.nearest)
    expect(errors['8-bit']).toBeLessThan(0.1 * errors.searched)
    expect(errors.nearest).toBeLessThan(0.15)
  }
  expect(formatReport(rows).split('\n')).toHaveLength(rows.length + 2)
})
