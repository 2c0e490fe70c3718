import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesSource, type FileTree } from '../../core/byte-source'
import { relativeL2 } from '../../core/tensor'
import { openSafetensors } from '../../formats/safetensors'
import { readTensor } from '../../formats/weight-store'
import { Runtime } from '../../runtime/runtime'
import { bertGraph, parseBertConfig } from './bert-graph'
import { cutMiddle, openMiniLM } from './text-encoder'

const readBytes = async (url: URL) => bytesSource(new Uint8Array(await readFile(url)))
const tree: FileTree = { open: (path) => readBytes(new URL(`../../../../public/models/nano/${path}`, import.meta.url)) }
const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
const encoder = await openMiniLM(tree, 'text-encoder', runtime, 96)
afterAll(() => encoder.dispose())

describe('MiniLM', () => {
  it('gives the numbers of PyTorch on the same 8-bit weights', async () => {
    const fixture = await openSafetensors(await readBytes(new URL('text-encoder.fixture.safetensors', import.meta.url)))
    const texts = JSON.parse((fixture.config as { texts: string }).texts) as string[]
    expect(texts).toHaveLength(5)
    for (const [i, text] of texts.entries()) {
      const { txt, pooled, tokens, truncated } = await encoder.encode(text)
      const states = await readTensor(fixture, `${i}.states`)
      expect(txt.dims).toEqual(states.dims)
      expect(tokens).toBe(states.dims[0])
      expect(truncated).toBe(false)
      // Measured below 2e-6.
      expect(relativeL2(txt.data, states.data)).toBeLessThan(1e-5)
      expect(pooled.dims).toEqual([384])
      expect(relativeL2(pooled.data, (await readTensor(fixture, `${i}.pooled`)).data)).toBeLessThan(1e-5)
    }
  })

  it('holds a long instruction to 96 tokens and still reads what stands at its end', async () => {
    const long = `add ${'a very small blue bird and '.repeat(30)}`
    const pink = await encoder.encode(`${long} all of them in bright pink with tiny golden crowns`)
    const grey = await encoder.encode(`${long} all of them in dark grey with tiny golden crowns`)
    expect(pink).toMatchObject({ tokens: 96, truncated: true })
    expect(pink.txt.dims).toEqual([96, 384])
    expect(relativeL2(grey.pooled.data, pink.pooled.data)).toBeGreaterThan(0.02)
  })

  it('says which characters each token stands for', async () => {
    const text = 'Add a Crown, pink!'
    const { spans, tokens } = await encoder.encode(text)
    expect(spans).toHaveLength(tokens)
    expect([spans[0], spans.at(-1)]).toEqual([undefined, undefined])
    expect(spans.slice(1, -1).map((span) => text.slice(span!.start, span!.end))).toEqual([
      'Add',
      'a',
      'Crown',
      ',',
      'pink',
      '!',
    ])
  })

  it('keeps what it read, so that words are not read again for each doodle of them', async () => {
    const first = encoder.encode('add a kite')
    expect(encoder.encode('add a kite')).toBe(first)
    for (let i = 0; i < 64; i++) await encoder.encode(`${i}`)
    expect(encoder.encode('add a kite')).not.toBe(first)
    expect((await encoder.encode('add a kite')).txt.data).toEqual((await first).txt.data)
  })

  it('reads an empty instruction as [CLS] [SEP]', async () => {
    expect((await encoder.encode('')).tokens).toBe(2)
    expect((await encoder.encode('  \n')).tokens).toBe(2)
  })
})

describe('cutMiddle', () => {
  const pieces = Array.from({ length: 100 }, (_, i) => i)

  it('keeps the head and the last twelve', () => {
    const kept = cutMiddle(pieces, 94)
    expect(kept).toHaveLength(94)
    expect(kept.slice(0, 82)).toEqual(pieces.slice(0, 82))
    expect(kept.slice(82)).toEqual(pieces.slice(88))
  })

  it('leaves what fits', () => {
    expect(cutMiddle(pieces, 100)).toEqual(pieces)
  })
})

describe('bertGraph', () => {
  const config = {
    hidden_size: 384,
    num_attention_heads: 12,
    num_hidden_layers: 6,
    intermediate_size: 1536,
    layer_norm_eps: 1e-12,
    max_position_embeddings: 512,
  }

  it("asks for sixteen weights a layer and the embeddings' norm", () => {
    expect(bertGraph(config).weights).toHaveLength(6 * 16 + 2)
  })

  it('checks its config', () => {
    expect(parseBertConfig({ ...config, vocab_size: 30522 })).toEqual(config)
    for (const wrong of [
      undefined,
      {},
      { ...config, num_attention_heads: 7 },
      { ...config, layer_norm_eps: 0 },
      { ...config, hidden_size: 38.4 },
    ]) {
      expect(() => parseBertConfig(wrong)).toThrowError(expect.objectContaining({ name: 'BadModel' }))
    }
  })

  it('is refused when the model asks for more tokens than there are positions', async () => {
    await expect(openMiniLM(tree, 'text-encoder', runtime, 513)).rejects.toMatchObject({ name: 'BadModel' })
  })
})
