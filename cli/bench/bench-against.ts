import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FileTree } from '../../src/engine/core/byte-source'
import { PhotodoodleError } from '../../src/engine/core/errors'
import type { RgbaImage } from '../../src/engine/image/rgba-image'
import { effort, inTurn, type Cost } from '../../src/engine/checks/bench/clock'
import { BENCH_INSTRUCTION, BENCH_PLAN } from '../../src/engine/checks/bench/stages'
import { nodeClock } from './sides'
import type * as LoadParts from '../../src/engine/pipelines/load-parts'
import type { Runtime } from '../../src/engine/runtime/runtime'
import { decodePhoto } from '../shared/images'
import { root } from '../shared/root'

/** The other version's edits may take seconds each. */
const AGAINST_WARM = 3

const COLOURS = ['red', 'blue', 'green', 'golden', 'pink', 'black', 'white', 'purple']

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
    `"${BENCH_INSTRUCTION}" on ${image.width} x ${image.height} pixels, default settings, one thread, ` +
      `median of ${runs}, in turn; load of the machine ${load()}`,
  )
  for (const provider of PROVIDERS) {
    const sides = [await openEngine(root, provider, image), await openEngine(other, provider, image)] as const
    try {
      const costs = await inTurn(
        nodeClock,
        runs,
        {
          own: (run) => sides[0](run, false),
          other: (run) => sides[1](run, false),
          anew: (run) => sides[0](run, true),
        },
        AGAINST_WARM,
      )
      print(provider, costs)
    } finally {
      for (const { close } of sides) await close()
    }
  }
  console.log(`load of the machine at the end ${load()}`)
}

/** @param anew one element in a given box, laid out by nobody: of this version only */
type Edit = ((seed: number, anew: boolean) => Promise<unknown>) & { readonly close: () => Promise<void> }

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
  const runtime = new RuntimeOf(ort, { provider, threads: 1 })
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
  const edit = (seed: number, anew: boolean): Promise<unknown> => {
    // Other words each time: those read before are kept.
    const what = { instruction: `add a ${COLOURS[seed % COLOURS.length]} crown`, styles: [] }
    // Up to 0.7 all of it was one flat object.
    return engine.edit(
      { what, how: { seed }, ...(anew ? { where: { elements: [BENCH_PLAN] } } : {}), ...what, seed, ...context },
      context,
    )
  }
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

function print(provider: string, { own, other, anew }: Readonly<Record<'own' | 'other' | 'anew', Cost>>): void {
  const told = ({ wall, processor = 0 }: Cost): string => `${wall.toFixed(0)} ms (processor ${processor.toFixed(1)} ms)`
  const faster = (one: Cost): string => {
    const [effortless, sooner] = [effort(other) / effort(one), other.wall / one.wall]
    return `${effortless.toFixed(1)} times less of the processor's time, ${sooner.toFixed(1)} by the clock`
  }
  console.log(`${provider === 'cpu' ? 'Node CPU' : 'wasm in Node'}: the other version's edit ${told(other)}`)
  console.log(`  this version's edit ${told(own)}: ${faster(own)}`)
  console.log(`  one element drawn anew ${told(anew)}: ${faster(anew)}`)
}

const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ')
