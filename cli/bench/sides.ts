import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Runtime } from '../../src/engine/runtime/runtime'
import type { Clock, Cost } from '../../src/engine/checks/bench/clock'
import type { BenchPlace, Editing } from '../../src/engine/checks/bench/run'
import { decodePhoto } from '../shared/images'
import { embeddedMatte } from '../shared/model'
import { nodeFiles } from '../shared/node-files'
import { root } from '../shared/root'

/** The processor's time over all threads of this process. */
export const nodeClock: Clock = () => {
  const { user, system } = process.cpuUsage()
  return Promise.resolve({ wall: performance.now(), processor: (user + system) / 1000 })
}

/** onnxruntime-node's CPU provider. */
export async function nodePlace(photo: string, model: string, threads: number): Promise<BenchPlace> {
  const ort = await import('onnxruntime-node')
  return {
    runtime: new Runtime(ort, { provider: 'cpu', threads }),
    model: nodeFiles(model),
    matte: nodeFiles(embeddedMatte),
    decode: async () => (await decodePhoto(photo)).image,
    clock: nodeClock,
  }
}

const TORCH_MODES = ['f32', 'bf16']
/** By its compiler, which takes minutes. */
const COMPILED_MODES = ['f32 compiled', 'bf16 compiled']

/** PyTorch with the same weights, one process; each of its modes that works is a side. */
interface Torch {
  readonly version: string
  readonly modes: Readonly<Record<string, Editing>>
  /** Modes that do not work here, and why. */
  readonly refused: Readonly<Record<string, string>>
  close(): Promise<void>
}

/**
 * @param compiled also by its compiler
 * @returns undefined where there is no Python with PyTorch: training/requirements.txt names it
 */
export async function openTorch(photo: string, threads: number, compiled: boolean): Promise<Torch | undefined> {
  const python = process.env['PHOTODOODLE_PYTHON'] ?? join(root, 'training/runs/venv/bin/python')
  if (!existsSync(python)) return undefined
  const modes = compiled ? [...TORCH_MODES, ...COMPILED_MODES] : TORCH_MODES
  const child = spawn(python, ['-m', 'scripts.bench', resolve(photo), String(threads), ...modes], {
    cwd: join(root, 'training'),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T | undefined> => {
    const line = (await lines.next()) as IteratorResult<string, undefined>
    return line.done === true ? undefined : (JSON.parse(line.value) as T)
  }
  const opened = await answer<{ version: string; modes: string[]; refused: Record<string, string> }>()
  if (opened === undefined) return undefined
  const close = async (): Promise<void> => {
    child.stdin.end()
    await new Promise((done) => child.once('exit', done))
  }
  const side = (mode: string): Editing => ({
    edit: async (seed, anew) => {
      child.stdin.write(`${JSON.stringify({ mode, seed, anew })}\n`)
      const cost = await answer<Cost>()
      if (cost === undefined) throw new Error('PyTorch ended before it answered.')
      return cost
    },
    close: () => Promise.resolve(),
  })
  return {
    version: opened.version,
    modes: Object.fromEntries(opened.modes.map((mode) => [mode, side(mode)])),
    refused: opened.refused,
    close,
  }
}
