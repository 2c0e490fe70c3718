import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { selfTestAttention } from './attention-selftest'
import type { Ort } from '../ort/ort'
import { Runtime } from '../runtime'

/** onnxruntime whose results are spoilt, as on the devices the test is for. */
function spoilt(factor: number): Ort {
  return {
    ...ort,
    InferenceSession: {
      async create(bytes: Uint8Array) {
        const session = await ort.InferenceSession.create(bytes)
        return {
          ...session,
          run: async (feeds: Parameters<typeof session.run>[0]) => {
            const { y } = await session.run(feeds)
            return {
              y: new ort.Tensor(
                'float32',
                (y!.data as Float32Array).map((value) => factor * value),
                y!.dims,
              ),
            }
          },
          release: () => session.release(),
        }
      },
    } as unknown as Ort['InferenceSession'],
  }
}

describe('selfTestAttention', () => {
  it('finds the fused kernel right on a sound device, once', async () => {
    const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
    const verdict = selfTestAttention(runtime)
    expect(selfTestAttention(runtime)).toBe(verdict)
    expect(await verdict).toMatchObject({ attention: 'fused', reason: expect.stringContaining('right') as string })
  })

  it('turns to primitive attention when the result is off or not a number', async () => {
    for (const factor of [0.9, Number.NaN]) {
      expect(await selfTestAttention(new Runtime(spoilt(factor), { provider: 'cpu' }))).toMatchObject({
        attention: 'primitive',
        reason: expect.stringContaining('wrong') as string,
      })
    }
  })

  it('turns to primitive attention when the kernel does not run', async () => {
    const refusing = {
      ...ort,
      InferenceSession: { create: () => Promise.reject(new Error('no kernel')) },
    } as unknown as Ort
    expect(await selfTestAttention(new Runtime(refusing, { provider: 'cpu' }))).toMatchObject({
      attention: 'primitive',
      reason: expect.stringContaining('no kernel') as string,
    })
  })
})
