// Over 300 lines: every case talks to the same fake worker, made once here.
import { expose } from 'comlink'
import { expect, test, vi } from 'vitest'
import type {
  EditJob,
  EditProgress,
  EditRequest,
  EngineOptions,
  InstallProgress,
  ModelChoice,
  ModelFile,
  ProviderName,
  RgbaBuffer,
} from './engine-api'
import { EngineClient } from './engine-client'
import type { EngineWorker } from './engine-session'

const named = (name: string): Error => Object.assign(new Error(`${name} happened.`), { name })

/** An engine that counts what it is asked, behind a real message channel. */
class FakeEngine {
  readonly sources: string[] = []
  readonly photos: string[] = []
  readonly models: ModelChoice[] = []
  readonly cancelled: string[] = []
  readonly requests: (EditJob & { readonly request: EditRequest })[] = []
  stop: (error: Error) => void = () => undefined
  provider: ProviderName | undefined

  constructor(private readonly answer: (engine: FakeEngine) => Promise<void>) {}

  start({ provider = 'webgpu' }: EngineOptions): Promise<{ provider: ProviderName }> {
    this.provider = provider
    return Promise.resolve({ provider })
  }

  openPhoto(id: string): Promise<void> {
    this.photos.push(id)
    return Promise.resolve()
  }

  matte(photoId: string): Promise<string> {
    return Promise.resolve(`subject of ${photoId}`)
  }

  openSource(id: string, { data }: RgbaBuffer): Promise<void> {
    this.sources.push(`${id}: ${data.join(' ')}`)
    return Promise.resolve()
  }

  useModel(choice: ModelChoice): Promise<{ id: string }> {
    if (choice.id === 'gone') throw named('MissingFile')
    this.models.push(choice)
    return Promise.resolve({ id: choice.id })
  }

  async installModel(
    jobId: string,
    files: readonly ModelFile[],
    onProgress: (progress: InstallProgress) => void,
  ): Promise<string> {
    onProgress({ done: 1, total: files.length, file: files[0]!.path })
    await this.answer(this)
    return jobId
  }

  async edit(job: EditJob, request: EditRequest, onProgress: (progress: EditProgress) => void): Promise<string> {
    this.requests.push({ ...job, request })
    const step = (job.from?.step ?? 0) + 1
    onProgress({
      phase: 'draw',
      step,
      steps: 2,
      checkpoint: { step, latents: { dims: [1], data: Float32Array.of(step) } },
    })
    await this.answer(this)
    return 'drawn'
  }

  async layout(job: EditJob, request: EditRequest): Promise<readonly string[]> {
    this.requests.push({ ...job, request })
    await this.answer(this)
    return ['a box']
  }

  cancel(jobId: string): void {
    this.cancelled.push(jobId)
    this.stop(named('Cancelled'))
  }
}

function fakeEngines(answer: (engine: FakeEngine) => Promise<void>) {
  const lives: { engine: FakeEngine; worker: EngineWorker & EventTarget }[] = []
  const client = new EngineClient({}, () => {
    const { port1, port2 } = new MessageChannel()
    const engine = new FakeEngine(answer)
    expose(engine, port2)
    const worker = Object.assign(port1, {
      terminate: () => {
        port1.close()
        port2.close()
      },
    })
    lives.push({ engine, worker })
    return worker
  })
  return { client, lives }
}

/** A picture of one pixel that counts how often its pixels were asked for. */
function picture(id: string) {
  const source = {
    id,
    asked: 0,
    pixels: () => Promise.resolve({ width: 1, height: 1, data: Uint8ClampedArray.of(1, 2, 3, ++source.asked) }),
  }
  return source
}

const cat = picture('cat')
const call = {
  request: { what: { styles: [{ id: 'magic', strength: 1 }], instruction: 'add a crown' }, how: { seed: 1 } },
  photo: picture('photo of a cat'),
  source: cat,
}

/** Engines whose work ends by being stopped alone. */
const untilStopped = () =>
  fakeEngines(
    (engine) =>
      new Promise((_, reject) => {
        engine.stop = reject
      }),
  )

test('an edit carries its picture and its progress, and an abort becomes a cancel of that very job', async () => {
  const { client, lives } = untilStopped()
  const abort = new AbortController()
  const steps: number[] = []
  const edit = client.edit({
    ...call,
    signal: abort.signal,
    onProgress: ({ step }) => {
      steps.push(step)
      abort.abort()
    },
  })
  await expect(edit).rejects.toMatchObject({ name: 'Cancelled' })
  const { engine } = lives[0]!
  expect(engine.requests[0]).toMatchObject({ request: call.request, photoId: 'photo of a cat', sourceId: 'cat' })
  expect(engine.cancelled).toEqual([engine.requests[0]!.jobId])
  expect(steps).toEqual([1])
  expect(lives).toHaveLength(1)
  client.dispose()
})

test('a layout is asked of the same picture, and an abort becomes a cancel of that very job', async () => {
  const abort = new AbortController()
  const { client, lives } = fakeEngines((engine) =>
    engine.requests.length === 1
      ? Promise.resolve()
      : new Promise((_, reject) => {
          engine.stop = reject
          abort.abort()
        }),
  )
  await expect(client.layout(call)).resolves.toEqual(['a box'])
  await expect(client.layout({ ...call, signal: abort.signal })).rejects.toMatchObject({ name: 'Cancelled' })
  const { engine } = lives[0]!
  expect(engine.requests[1]).toMatchObject({ request: call.request, photoId: 'photo of a cat', sourceId: 'cat' })
  expect(engine.cancelled).toEqual([engine.requests[1]!.jobId])
  expect([engine.photos, engine.sources]).toEqual([['photo of a cat'], [`cat: 1 2 3 ${cat.asked}`]])
  client.dispose()
})

test('an edit whose worker dies begins anew in another, with the same picture and seed', async () => {
  const { client, lives } = fakeEngines((engine) => {
    if (engine !== lives[0]?.engine) return Promise.resolve()
    lives[0].worker.dispatchEvent(new Event('error'))
    return new Promise(() => undefined)
  })
  const restarts: string[] = []
  await expect(client.edit({ ...call, onRestart: ({ error }) => restarts.push(error.message) })).resolves.toBe('drawn')
  expect(restarts).toEqual([expect.stringContaining('Your photo is safe')])
  expect(lives).toHaveLength(2)
  expect(lives.map(({ engine }) => engine.requests[0]?.request.how.seed)).toEqual([1, 1])
  expect(lives[1]!.engine.photos).toEqual(['photo of a cat'])
  expect(lives[1]!.engine.sources[0]).toMatch(/^cat: 1 2 3/)
  client.dispose()
})

test.each(['RuntimeFailed', 'DeviceLost', 'OutOfMemory'])(
  'after %s an edit goes on in another worker',
  async (name) => {
    const failures = [named(name)]
    const { client, lives } = fakeEngines(() => {
      const failure = failures.pop()
      return failure === undefined ? Promise.resolve() : Promise.reject(failure)
    })
    await expect(client.edit(call)).resolves.toBe('drawn')
    expect(lives).toHaveLength(2)
    client.dispose()
  },
)

test('an edit that told where it stands goes on from there in another worker; the next edit does not', async () => {
  let failures = 2
  const { client, lives } = fakeEngines(async () => {
    // Progress has a channel of its own, and has to arrive first.
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (failures-- > 0) throw named('DeviceLost')
  })
  const told: object[] = []
  const edit = client.edit({
    ...call,
    onProgress: (progress) => told.push(progress),
  })
  await expect(edit).resolves.toBe('drawn')
  await client.edit(call)
  const stands = lives.flatMap(({ engine }) => engine.requests.map(({ from }) => from?.latents.data[0]))
  expect(stands).toEqual([undefined, 1, 2, undefined])
  // Whoever shows progress is not handed the latents.
  expect(told.flatMap(Object.keys)).not.toContain('checkpoint')
  client.dispose()
})

test('what was asked for wrongly is not asked for again', async () => {
  const { client, lives } = fakeEngines(() => Promise.reject(named('BadRequest')))
  await expect(client.edit(call)).rejects.toMatchObject({ name: 'BadRequest', message: 'BadRequest happened.' })
  expect([lives.length, lives[0]!.engine.requests.length]).toEqual([1, 1])
  client.dispose()
})

test('a GPU that fails three times in a row gives way to the processor, said once; a doodle resets it', async () => {
  const outcomes = ['fails', 'fails', 'draws', 'fails', 'fails', 'fails', 'draws']
  const { client, lives } = fakeEngines(() =>
    outcomes.shift() === 'draws' ? Promise.resolve() : Promise.reject(named('DeviceLost')),
  )
  const told: boolean[] = []
  const onRestart = ({ onProcessor }: { onProcessor: boolean }): void => void told.push(onProcessor)
  for (let i = 0; i < 2; i++) await expect(client.edit({ ...call, onRestart })).resolves.toBe('drawn')
  expect(told).toEqual([false, false, false, false, true])
  expect(lives.map(({ engine }) => engine.provider)).toEqual(['webgpu', 'webgpu', 'webgpu', 'webgpu', 'webgpu', 'wasm'])
  client.dispose()
})

test('a processor that fails as well ends it with the engine’s own words', async () => {
  const { client, lives } = fakeEngines(() => Promise.reject(named('OutOfMemory')))
  await expect(client.edit(call)).rejects.toMatchObject({ name: 'OutOfMemory' })
  expect(lives.map(({ engine }) => engine.provider)).toEqual(['webgpu', 'webgpu', 'webgpu', 'wasm', 'wasm'])
  client.dispose()
})

test('fifty failures, two before every doodle: each doodle is drawn', async () => {
  let calls = 0
  const { client } = fakeEngines(() => (++calls % 3 === 0 ? Promise.resolve() : Promise.reject(named('DeviceLost'))))
  for (let i = 0; i < 25; i++)
    await expect(
      client.edit({ ...call, request: { ...call.request, how: { ...call.request.how, seed: i } } }),
    ).resolves.toBe('drawn')
  expect(calls).toBe(75)
  client.dispose()
})

test('an edit that is cancelled while its worker fails is not begun anew', async () => {
  const abort = new AbortController()
  const { client, lives } = fakeEngines(() => {
    abort.abort()
    return Promise.reject(named('DeviceLost'))
  })
  await expect(client.edit({ ...call, signal: abort.signal })).rejects.toMatchObject({ name: 'DeviceLost' })
  expect(lives).toHaveLength(1)
  client.dispose()
})

test('an engine that gives no sign of life is replaced', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const { client, lives } = fakeEngines((engine) =>
      engine === lives[0]?.engine ? new Promise(() => undefined) : Promise.resolve(),
    )
    const edit = client.edit(call)
    await vi.waitFor(() => expect(lives[0]?.engine.requests).toHaveLength(1))
    vi.advanceTimersByTime(500_000)
    expect(lives).toHaveLength(1)
    vi.advanceTimersByTime(200_000)
    await expect(edit).resolves.toBe('drawn')
    expect(lives).toHaveLength(2)
    client.dispose()
  } finally {
    vi.useRealTimers()
  }
})

test('a picture is handed over once, until another takes its place', async () => {
  const { client, lives } = fakeEngines(() => Promise.resolve())
  const [one, two] = [picture('one'), picture('two')]
  for (const source of [one, one, two, two, one]) await client.edit({ ...call, source })
  expect(lives[0]!.engine.sources).toEqual(['one: 1 2 3 1', 'two: 1 2 3 1', 'one: 1 2 3 2'])
  expect(await client.matte(call.photo)).toBe('subject of photo of a cat')
  expect(lives[0]!.engine.photos).toEqual(['photo of a cat'])
  client.dispose()
})

test('the model in use is told to each worker that takes over; one that is not there changes nothing', async () => {
  let crash = true
  const { client, lives } = fakeEngines(() => (crash ? Promise.reject(named('DeviceLost')) : Promise.resolve()))
  const choice = { id: 'flux-1', memoryBudget: 4e9 }
  expect(await client.useModel(choice)).toMatchObject({ id: 'flux-1' })
  await expect(client.useModel({ id: 'gone' })).rejects.toMatchObject({ name: 'MissingFile' })
  const edit = client.edit({
    ...call,
    onRestart: () => {
      crash = false
    },
  })
  await expect(edit).resolves.toBe('drawn')
  expect(lives.map(({ engine }) => engine.models)).toEqual([[choice], [choice]])
  client.dispose()
})

test('an installation reports progress and is cancelled by its signal', async () => {
  const { client, lives } = untilStopped()
  const abort = new AbortController()
  const seen: InstallProgress[] = []
  const install = client.installModel(
    [{ path: 'model.json', file: new Blob(['{}']) }],
    (progress) => {
      seen.push(progress)
      abort.abort()
    },
    abort.signal,
  )
  await expect(install).rejects.toMatchObject({ name: 'Cancelled' })
  expect(seen).toEqual([{ done: 1, total: 1, file: 'model.json' }])
  expect(lives[0]!.engine.cancelled).toHaveLength(1)
  client.dispose()
})
