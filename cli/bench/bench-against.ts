import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FileTree } from '../../src/engine/core/byte-source'
import { PhotodoodleError } from '../../src/engine/core/errors'
import type { RgbaImage } from '../../src/engine/image/rgba-image'
import { BENCH_INSTRUCTION, median } from '../../src/engine/checks/benchmark'
import type * as LoadParts from '../../src/engine/pipelines/load-parts'
import type { Runtime } from '../../src/engine/runtime/runtime'
import { decodePhoto } from '../shared/images'
import { root } from '../shared/root'

const PROVIDERS = ['cpu', 'wasm'] as const

/** What every version's engine has had in common; a subject is found by those that look for one. */
interface EngineOfAnyVersion {
  subject?(photo: RgbaImage): Promise<unknown>
  edit(
    request: Readonly<Record<string, unknown>>,
    context: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly elements?: readonly unknown[]; readonly steps: number }>
  dispose(): Promise<void>
}

/** Milliseconds on the clock, and of the processor over all threads of this process. */
interface Cost {
  readonly wall: number
  readonly processor: number
}

/**
 * `bench --against`: edits by this engine and by another checkout's, in turn in one process, the same photo,
 * instruction and default
 * settings, models open and the photo prepared.
 * @param checkout a git worktree of another version, with node_modules
 */
export async function benchAgainst(photo: string, runs: number, checkout: string): Promise<void> {
  const other = resolve(checkout)
  if (!existsSync(join(other, 'src/engine/pipelines/photo-doodle.ts'))) {
    throw new PhotodoodleError(
      'BadRequest',
      `${checkout} is no checkout of this project.`,
      'Make one: git worktree add FOLDER COMMIT, and link node_modules into it.',
    )
  }
  const { image } = await decodePhoto(photo)
  console.log(
    `"${BENCH_INSTRUCTION}" on ${image.width} x ${image.height} pixels, default settings, median of ${runs}, in turn; load of the machine ${load()}`,
  )
  for (const provider of PROVIDERS) {
    const pair = [await openEngine(root, provider, image), await openEngine(other, provider, image)] as const
    const costs: readonly [Cost[], Cost[]] = [[], []]
    try {
      // The first edit of each compiles and reads; it is not counted.
      for (let run = 0; run <= runs; run++) {
        for (const [i, edit] of pair.entries()) {
          const cost = await costOf(() => edit(run))
          if (run > 0) costs[i]!.push(cost)
        }
      }
    } finally {
      for (const { close } of pair) await close()
    }
    print(provider, costs)
  }
  console.log(`load of the machine at the end ${load()}`)
}

type Edit = ((seed: number) => Promise<unknown>) & { readonly close: () => Promise<void> }

/** The engine of a checkout, by its own sources and with its own model. */
async function openEngine(checkout: string, provider: (typeof PROVIDERS)[number], photo: RgbaImage): Promise<Edit> {
  const part = async <T>(path: string): Promise<T> => (await import(pathToFileURL(join(checkout, path)).href)) as T
  const { Runtime: RuntimeOf } = await part<{ Runtime: new (ort: unknown, options: unknown) => Runtime }>(
    'src/engine/runtime/runtime.ts',
  )
  // Up to 0.7 the command line was one flat folder.
  const files = ['cli/shared', 'cli']
    .map((folder) => `${folder}/node-files.ts`)
    .find((path) => existsSync(join(checkout, path)))!
  const { nodeFiles } = await part<{ nodeFiles: (folder: string) => FileTree }>(files)
  const { PhotoDoodle } = await part<{
    PhotoDoodle: { load(tree: FileTree, runtime: Runtime, options: unknown): Promise<EngineOfAnyVersion> }
  }>('src/engine/pipelines/photo-doodle.ts')
  const ort = provider === 'cpu' ? await import('onnxruntime-node') : await webInNode()
  const runtime = new RuntimeOf(ort, { provider })
  const models = join(checkout, 'public/models')
  const finds = existsSync(join(models, 'matte'))
  const matting =
    finds &&
    (await (
      await part<typeof LoadParts>('src/engine/pipelines/load-parts.ts')
    ).loadMatting(nodeFiles(join(models, 'matte')), runtime))
  const engine = await PhotoDoodle.load(nodeFiles(join(models, 'nano')), runtime, matting === false ? {} : { matting })
  const subject = await engine.subject?.(photo)
  const context = { photo, ...(subject === undefined ? {} : { subject }) }
  const what = { instruction: BENCH_INSTRUCTION, styles: [] }
  // Up to 0.7 all of it was one flat object.
  const edit = (seed: number): Promise<unknown> =>
    engine.edit({ what, how: { seed }, ...what, seed, ...context }, context)
  const close = async (): Promise<void> => {
    await engine.dispose()
    if (matting !== false) await matting.dispose()
  }
  return Object.assign(edit, { close })
}

/** onnxruntime-web in Node with one thread: its count of the processor's cores cannot be asked for in an ES module. */
async function webInNode(): Promise<unknown> {
  const ort = await import('onnxruntime-web/wasm')
  ort.env.wasm.numThreads = 1
  return ort
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage()
  const begun = performance.now()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wall: performance.now() - begun, processor: (user + system) / 1000 }
}

function print(provider: string, costs: readonly [readonly Cost[], readonly Cost[]]): void {
  const [own, other] = costs.map((all) => ({
    wall: median(all.map(({ wall }) => wall)),
    processor: median(all.map(({ processor }) => processor)),
  })) as [Cost, Cost]
  const told = ({ wall, processor }: Cost): string => `${wall.toFixed(0)} ms (processor ${processor.toFixed(0)} ms)`
  console.log(
    `${provider === 'cpu' ? 'Node CPU' : 'wasm in Node, one thread'}: this version ${told(own)}, the other ${told(other)}: ${(other.wall / own.wall).toFixed(1)} times faster, ${(other.processor / own.processor).toFixed(1)} times by the processor's time`,
  )
}

const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ')
