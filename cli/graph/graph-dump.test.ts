import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { registerGraph } from './graph-dump'

const nano = new URL('../../public/models/nano', import.meta.url).pathname
const caseFile = new URL('../../tests/parity/transformer-guidance/case.json', import.meta.url).pathname
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graph-dump-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function dump(...args: string[]): Promise<ort.InferenceSession> {
  const program = new Command().exitOverride()
  registerGraph(program)
  const output = join(folder, 'graph.onnx')
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await program.parseAsync(['node', 'photodoodle', 'graph', 'dump', ...args, '-o', output])
  return ort.InferenceSession.create(new Uint8Array(await readFile(output)))
}

describe('graph dump', () => {
  it.each([
    [
      'whole',
      ['latents', 'double_blocks.1.img_attn.qkv.lora_a', 'single_blocks.1.linear2.weight'],
      ['prediction', 'next', 'preview'],
    ],
    ['embed', ['txt', 'guidance_in.in_layer.weight'], ['x', 'conditioning']],
    ['double', ['x', 'txt_end', 'img_mod.lin.weight', 'txt_attn.norm.key_norm.scale'], ['x_next']],
    ['single', ['x', 'cos', 'linear1.lora_b'], ['x_next']],
    ['final', ['x', 'noisy_end', 'final_layer.linear.bias'], ['prediction']],
    ['step', ['latents', 'coefficients', 'other', 'fresh'], ['next', 'preview']],
  ])('writes %s as a model that onnxruntime opens', async (part, inputs, outputs) => {
    const session = await dump('--config', caseFile, '--part', part)
    expect(session.inputNames).toEqual(expect.arrayContaining(inputs))
    expect(session.outputNames).toEqual(outputs)
    await session.release()
  })

  it('holds linears in 4 bits and leaves the low-rank branches out on request', async () => {
    const session = await dump('--config', caseFile, '--part', 'single', '--format', 'Q4', '--no-lora')
    expect(session.inputNames).toContain('linear1.weight.scales')
    expect(session.inputNames.filter((name) => name.includes('lora'))).toEqual([])
    await session.release()
  })

  it('reads a model folder', async () => {
    const { config } = JSON.parse(await readFile(caseFile, 'utf8')) as { config: unknown }
    await writeFile(join(folder, 'model.json'), JSON.stringify({ transformer: { config } }))
    const session = await dump(folder, '--part', 'final')
    expect(session.outputNames).toEqual(['prediction'])
    await session.release()
  })

  it.each([
    ['layout-prepare', ['txt', 'src', 'text_end', 'pointer_in.weight'], ['double_blocks.0.k', 'embedded', 'pointers']],
    ['layout-step', ['latents', 'time_embedding', 'double_blocks.0.v', 'final_layer.linear.bias'], ['prediction']],
    [
      'drawing-prepare',
      ['txt', 'src', 'place', 'place_in.weight', 'double_blocks.0.img_attn.qkv.lora_a'],
      ['double_blocks.0.k', 'embedded'],
    ],
    ['drawing-step', ['latents', 'place', 'mask', 'single_blocks.0.k'], ['prediction']],
    ['codec', ['tokens', 'layer.decode'], ['layer']],
  ])('writes %s of a layer model', async (part, inputs, outputs) => {
    const session = await dump(nano, '--part', part)
    expect(session.inputNames).toEqual(expect.arrayContaining(inputs))
    expect(session.outputNames).toEqual(expect.arrayContaining(outputs))
    await session.release()
  })

  it('names the graphs a model has where it has not the one asked for', async () => {
    await expect(dump(nano, '--part', 'whole')).rejects.toMatchObject({
      name: 'BadRequest',
      remedy: expect.stringContaining('drawing-step') as string,
    })
  })

  it('asks for a model', async () => {
    await expect(dump('--part', 'final')).rejects.toMatchObject({ name: 'BadRequest' })
  })
})
