import { dirname } from 'node:path'
import { benchmark, type BenchFigures } from '../src/engine/pipelines/benchmark'
import { openBrowserEngine } from './browser/harness'
import { decodePhoto } from './images'
import { loadModel } from './model'

interface Cost {
  readonly figures: BenchFigures
  /** Most memory held so far, bytes. */
  readonly peak: number | undefined
}

/** Edits without and with the second pass, on Node's CPU provider and on wasm in Chromium, in one run. */
export async function benchZoom(photo: string, runs: number, model: string): Promise<void> {
  await report('Node CPU', (zoomPass) => onNode(photo, runs, model, zoomPass))
  await report('wasm (Chromium)', (zoomPass) => onWasm(photo, runs, model, zoomPass))
}

async function report(name: string, measure: (zoomPass: boolean) => Promise<Cost>): Promise<void> {
  // A process's peak never falls: the cheaper kind comes first.
  const plain = await measure(false)
  const zoom = await measure(true)
  const text = ({ figures: { edit }, peak }: Cost): string => `${(edit.total / 1000).toFixed(2)} s, ${peak === undefined ? 'memory unknown' : `${(peak / 1e9).toFixed(2)} GB at most`}`
  console.log(`${name}, median of ${plain.figures.runs}: plain ${text(plain)}; with the second pass ${text(zoom)}; time x ${(zoom.figures.edit.total / plain.figures.edit.total).toFixed(2)}`)
}

async function onNode(photo: string, runs: number, model: string, zoomPass: boolean): Promise<Cost> {
  const { image } = await decodePhoto(photo)
  const { engine, close } = await loadModel(model)
  try {
    const figures = await benchmark(engine, image, { runs, zoomPass })
    return { figures, peak: 1024 * process.resourceUsage().maxRSS }
  } finally {
    await close()
  }
}

async function onWasm(photo: string, runs: number, model: string, zoomPass: boolean): Promise<Cost> {
  const engine = await openBrowserEngine('wasm', [model, dirname(photo)])
  try {
    const figures = await engine.bench(model, photo, { runs, zoomPass })
    return { figures, peak: await engine.peakMemory() }
  } finally {
    await engine.close()
  }
}
