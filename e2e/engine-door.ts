import type { BrowserContext, Page, Worker as PageWorker } from '@playwright/test'
import type { ProxyMarked, Remote } from 'comlink'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSmallFluxModel } from '../cli/testing/small-flux-model'
import type { EngineApi } from '../src/workers/engine-api'

/** A page that speaks with the engine's worker as the app does; it needs `bypassCSP`, for comlink is put into it. */
export interface DoorPage {
  readonly Comlink: { wrap(worker: Worker): Remote<EngineApi>; proxy<T extends object>(value: T): T & ProxyMarked }
  /** The engine's script, and the worker behind `engine`. */
  readonly url: string
  worker: Worker | undefined
  engine: Remote<EngineApi>
}

export type Provider = 'wasm' | 'webgpu'

/** A file of a model's folder. */
export interface FolderFile {
  readonly path: string
  readonly base64: string
}

/** A converted FLUX model of random weights. @param tokens most image tokens of the model */
export async function smallFluxFiles(tokens = 16): Promise<readonly FolderFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'photodoodle-large-'))
  try {
    const model = await writeSmallFluxModel(folder, tokens)
    const entries = await readdir(model, { recursive: true, withFileTypes: true })
    return await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async (entry) => {
          const file = join(entry.parentPath, entry.name)
          return { path: file.slice(model.length + 1), base64: (await readFile(file)).toString('base64') }
        }),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A worker of the app's own engine, in a page of its own. */
export async function openDoor(page: Page, provider: Provider = 'wasm'): Promise<void> {
  // The app behind the door draws nothing: its model would be read and compiled for nobody.
  await page.route('**/models/nano/**/shard-*.bin', (route) => route.abort())
  const engineWorker = page.waitForEvent('worker', (worker) => worker.url().includes('engine.worker'))
  await page.goto('/?provider=wasm')
  const url = (await engineWorker).url()
  await page.addScriptTag({ path: 'node_modules/comlink/dist/umd/comlink.js' })
  await page.evaluate((url) => Object.assign(globalThis, { url }), url)
  await freshEngine(page, provider)
}

/** Another worker in the place of the one before, as the app takes one when an engine is lost. */
export async function freshEngine(page: Page, provider: Provider): Promise<void> {
  await page.evaluate(async (provider) => {
    const door = globalThis as unknown as DoorPage
    door.worker?.terminate()
    door.worker = new Worker(door.url, { type: 'module' })
    door.engine = door.Comlink.wrap(door.worker)
    await door.engine.start({ provider })
  }, provider)
}

/**
 * Each share that is stored is told to the page's function `told`, where a test exposes one; 0 when it begins.
 * @returns shares that were stored at the first and at the last word of it
 */
export function install(
  page: Page,
  files: readonly FolderFile[],
): Promise<{ id: string; bytes: number; before: number; progress: number }> {
  return page.evaluate(async (files) => {
    const { engine, Comlink } = globalThis as unknown as DoorPage
    let progress = 0
    let before: number | undefined
    const { told } = globalThis as { told?: (share: number) => void }
    const blobs = files.map(({ path, base64 }) => ({
      path,
      file: new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]),
    }))
    told?.(0)
    const { id, storedBytes } = await engine.installModel(
      'install',
      blobs,
      Comlink.proxy(({ done, total }: { done: number; total: number }) => {
        progress = done / total
        before ??= progress
        told?.(progress)
      }),
    )
    // Progress comes through a channel of its own, so its last message may arrive after the answer.
    for (let waited = 0; progress < 1 && waited < 100; waited++)
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    return { id, bytes: storedBytes ?? 0, before: before ?? 0, progress }
  }, files)
}

/** What the engine's worker holds, in bytes; how many commands went to its device, how many words to the page. */
export interface Meters {
  readonly gpuBytes: number
  readonly wasmBytes: number
  readonly submits: number
  readonly words: number
}

/** What happens at a chosen command: the device is destroyed, or the command throws. */
export type Loss = 'destroyed' | 'thrown'

interface Metered {
  readonly __meters: () => Meters
  __lossAt: number
  __loss: Loss
  __crashAt: number
}

/** Runs before the engine: counts what is allocated, and disturbs it at a chosen command or word. */
const METERS = `
{
  let gpuBytes = 0;
  let submits = 0;
  let words = 0;
  const memories = [];
  globalThis.__lossAt = Infinity;
  globalThis.__crashAt = Infinity;
  globalThis.__meters = () => ({
    gpuBytes,
    submits,
    words,
    wasmBytes: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
  });
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(Memory, given) {
      const memory = new Memory(...given);
      memories.push(memory);
      return memory;
    },
  });
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (...message) {
    // Where nobody catches it, between steps.
    if (++words === globalThis.__crashAt) setTimeout(() => { throw new Error('injected'); });
    return postMessage.apply(this, message);
  };
  if (globalThis.GPUAdapter !== undefined) {
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (wanted) {
      const device = await requestDevice.call(this, wanted);
      const submit = device.queue.submit.bind(device.queue);
      device.queue.submit = (commands) => {
        const hit = ++submits === globalThis.__lossAt;
        if (hit && globalThis.__loss === 'thrown') throw new Error('injected');
        submit(commands);
        if (hit) device.destroy();
      };
      const createBuffer = device.createBuffer.bind(device);
      device.createBuffer = (descriptor) => {
        const buffer = createBuffer(descriptor);
        const destroy = buffer.destroy.bind(buffer);
        let held = descriptor.size;
        gpuBytes += held;
        buffer.destroy = () => {
          gpuBytes -= held;
          held = 0;
          destroy();
        };
        return buffer;
      };
      return device;
    };
  }
}
`

/** Before the page is opened. */
export const fitMeters = (context: BrowserContext): Promise<void> => runBeforeEngine(context, METERS)

/** Runs a script in every engine's worker before its own. Before the page is opened. */
export async function runBeforeEngine(context: BrowserContext, script: string): Promise<void> {
  await context.route('**/engine.worker*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${script}\n${await response.text()}` })
  })
}

/** The page dies as by a crash of its process. */
export async function crash(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  void devtools.send('Page.crash').catch(() => undefined)
  await crashed
  await page.close()
}

/** The engine's worker that came last. */
export function engineOf(page: Page): PageWorker {
  const engine = page
    .workers()
    .filter((worker) => worker.url().includes('engine.worker'))
    .at(-1)
  if (engine === undefined) throw new Error('There is no engine.')
  return engine
}

export function readMeters(page: Page): Promise<Meters> {
  return engineOf(page).evaluate(() => (globalThis as unknown as Metered).__meters())
}

/** @param submit the number of the command, counted from the worker's start */
export async function loseDeviceAt(page: Page, submit: number, loss: Loss): Promise<void> {
  await engineOf(page).evaluate(
    (wanted) => {
      Object.assign(globalThis as unknown as Metered, wanted)
    },
    { __lossAt: submit, __loss: loss },
  )
}

/** @param word of those to the page, counted from the worker's start: there something throws where nobody catches it */
export async function crashEngineAt(page: Page, word: number): Promise<void> {
  await engineOf(page).evaluate((at) => {
    ;(globalThis as unknown as Metered).__crashAt = at
  }, word)
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
