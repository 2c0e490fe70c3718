import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
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

/** A process that answers each line of its input with one, JSON both. */
class Answering {
  private readonly lines: AsyncIterator<string>

  constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** @returns undefined when it has ended */
  async next<T>(): Promise<T | undefined> {
    const line = (await this.lines.next()) as IteratorResult<string, undefined>
    return line.done === true ? undefined : (JSON.parse(line.value) as T)
  }

  async cost(asked: unknown): Promise<Cost> {
    this.child.stdin.write(`${JSON.stringify(asked)}\n`)
    const cost = await this.next<Cost>()
    if (cost === undefined) throw new Error(`${this.child.spawnfile} ended before it answered.`)
    return cost
  }

  async close(): Promise<void> {
    this.child.stdin.end()
    await new Promise((done) => this.child.once('exit', done))
  }
}

/** {@link nodePlace} in a process of its own: node-side.ts. */
export async function openNode(photo: string, model: string, threads: number): Promise<Editing> {
  const side = join(root, 'cli/bench/node-side.ts')
  const node = new Answering(
    spawn(process.execPath, ['--import', 'tsx', side, resolve(photo), resolve(model), String(threads)], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  if ((await node.next()) === undefined) throw new Error('Node ended before it had opened the model.')
  return { edit: (seed, anew) => node.cost({ seed, anew }), close: () => node.close() }
}

/**
 * @param compiled also by its compiler
 * @returns undefined where there is no Python with PyTorch: training/requirements.txt names it
 */
export async function openTorch(photo: string, threads: number, compiled: boolean): Promise<Torch | undefined> {
  const python = process.env['PHOTODOODLE_PYTHON'] ?? join(root, 'training/runs/venv/bin/python')
  if (!existsSync(python)) return undefined
  const modes = compiled ? [...TORCH_MODES, ...COMPILED_MODES] : TORCH_MODES
  const torch = new Answering(
    spawn(python, ['-m', 'scripts.bench', resolve(photo), String(threads), ...modes], {
      cwd: join(root, 'training'),
      stdio: ['pipe', 'pipe', 'ignore'],
    }),
  )
  const opened = await torch.next<{ version: string; modes: string[]; refused: Record<string, string> }>()
  if (opened === undefined) return undefined
  const side = (mode: string): Editing => ({
    edit: (seed, anew) => torch.cost({ mode, seed, anew }),
    close: () => Promise.resolve(),
  })
  return {
    version: opened.version,
    modes: Object.fromEntries(opened.modes.map((mode) => [mode, side(mode)])),
    refused: opened.refused,
    close: () => torch.close(),
  }
}
