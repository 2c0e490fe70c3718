/** The page behind `--provider wasm|webgpu`: the engine as the browser runs it, without the editor around it. */
import { bytesSource, type FileTree } from '../../../src/engine/core/byte-source'
import { PhotodoodleError } from '../../../src/engine/core/errors'
import type { RgbaImage } from '../../../src/engine/image/rgba-image'
import type { Clock, Cost } from '../../../src/engine/checks/bench/clock'
import {
  openEditing,
  runBench,
  type BenchPlace,
  type Editing,
  type FullOptions,
  type FullReport,
} from '../../../src/engine/checks/bench/run'
import { benchmarkSwitches, type SwitchFigures } from '../../../src/engine/checks/bench/switches'
import { lazyMatting } from '../../../src/engine/pipelines/layer/lazy-matting'
import { loadMatting } from '../../../src/engine/pipelines/load-parts'
import { PhotoDoodle } from '../../../src/engine/pipelines/photo-doodle'
import { runParityCase, type ParityFigure } from '../../../src/engine/checks/parity'
import { requestDevice } from '../../../src/engine/runtime/ort/gpu-device'
import { Runtime } from '../../../src/engine/runtime/runtime'

export interface BrowserCommands {
  parity(folderUrl: string): Promise<readonly ParityFigure[]>
  bench(modelUrl: string, matteUrl: string, photoUrl: string, options: FullOptions): Promise<FullReport>
  openEditing(modelUrl: string, matteUrl: string, photoUrl: string): Promise<void>
  edit(seed: number, anew: boolean): Promise<Cost>
  switches(modelUrl: string, matteUrl: string): Promise<SwitchFigures>
}

const shared = globalThis as { photodoodle?: BrowserCommands; photodoodleError?: string }

function fetchedFiles(url: string): FileTree {
  return {
    async open(path) {
      const response = await fetch(`${url}/${path}`)
      if (!response.ok)
        throw new PhotodoodleError('BadModel', `${path} answered ${response.status}.`, 'Check the folder.')
      return bytesSource(new Uint8Array(await response.arrayBuffer()))
    },
  }
}

async function openRuntime(provider: string): Promise<Runtime> {
  if (provider === 'webgpu') {
    const ort = await import('onnxruntime-web/webgpu')
    ort.env.wasm.wasmPaths = '/node_modules/onnxruntime-web/dist/'
    const adapter = await navigator.gpu.requestAdapter()
    if (adapter === null) throw new Error('no WebGPU adapter')
    const device = await requestDevice(adapter)
    return new Runtime(ort, { provider: 'webgpu', device })
  }
  const ort = await import('onnxruntime-web/wasm')
  ort.env.wasm.wasmPaths = '/node_modules/onnxruntime-web/dist/'
  const threads = new URLSearchParams(location.search).get('threads')
  ort.env.wasm.numThreads = threads === null ? Math.min(navigator.hardwareConcurrency, 4) : Number(threads)
  return new Runtime(ort, { provider: 'wasm' })
}

function load(modelUrl: string, matteUrl: string, runtime: Runtime): Promise<PhotoDoodle> {
  return PhotoDoodle.load(fetchedFiles(modelUrl), runtime, {
    matting: lazyMatting(() => loadMatting(fetchedFiles(matteUrl), runtime)),
  })
}

async function decode(url: string): Promise<RgbaImage> {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob())
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
  if (context === null) throw new Error('no 2D canvas')
  context.drawImage(bitmap, 0, 0)
  const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height)
  return { data: new Uint8ClampedArray(data), width, height }
}

/** Whoever opened the page counts the processor's time. */
const clock: Clock = async () => {
  const processor = await (
    globalThis as unknown as { processorMillis(): Promise<number | undefined> }
  ).processorMillis()
  return { wall: performance.now(), ...(processor === undefined ? {} : { processor }) }
}

const placeOf = (runtime: Runtime, modelUrl: string, matteUrl: string, photoUrl: string): BenchPlace => ({
  runtime,
  model: fetchedFiles(modelUrl),
  matte: fetchedFiles(matteUrl),
  decode: () => decode(photoUrl),
  clock,
})

let editing: Editing | undefined

try {
  const runtime = await openRuntime(new URLSearchParams(location.search).get('provider') ?? 'wasm')
  shared.photodoodle = {
    parity: (folderUrl) => runParityCase(fetchedFiles(folderUrl), '', runtime),
    bench: (modelUrl, matteUrl, photoUrl, options) => runBench(placeOf(runtime, modelUrl, matteUrl, photoUrl), options),
    async openEditing(modelUrl, matteUrl, photoUrl) {
      editing = await openEditing(placeOf(runtime, modelUrl, matteUrl, photoUrl))
    },
    edit: (seed, anew) => editing!.edit(seed, anew),
    async switches(modelUrl, matteUrl) {
      const engine = await load(modelUrl, matteUrl, runtime)
      return benchmarkSwitches(engine, () => runtime.device?.queue.onSubmittedWorkDone() ?? Promise.resolve())
    },
  }
} catch (error) {
  shared.photodoodleError = error instanceof Error ? error.message : String(error)
}
