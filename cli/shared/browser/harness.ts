import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import type { Browser } from '@playwright/test'
import { createServer, type Plugin, type ViteDevServer } from 'vite'
import { PhotodoodleError } from '../../../src/engine/core/errors'
import type { Cost } from '../../../src/engine/checks/bench/clock'
import type { Editing, FullOptions, FullReport } from '../../../src/engine/checks/bench/run'
import type { SwitchFigures } from '../../../src/engine/checks/bench/switches'
import type { ParityFigure } from '../../../src/engine/checks/parity'
import { root } from '../root'
import { chromiumArguments } from './chromium-arguments'
import type { BrowserCommands } from './page'

/** The engine inside headless Chromium, for commands that must run where users run it. */
interface BrowserEngine {
  /** @param folder one of the served folders */
  parity(folder: string): Promise<readonly ParityFigure[]>
  /** @param model, matte served folders @param photo a file in a served folder */
  bench(model: string, matte: string, photo: string, options: FullOptions): Promise<FullReport>
  /** Opened beside whatever else there is, for comparisons; closed with the browser. */
  openEditing(model: string, matte: string, photo: string): Promise<Editing>
  /** Most memory that the page's processes held so far; 0 where the system does not tell. */
  peakBytes(): Promise<number>
  /** @param model, matte served folders */
  switches(model: string, matte: string): Promise<SwitchFigures>
  close(): Promise<void>
}

/**
 * Serves the engine's sources and the given folders to a headless Chromium and waits until its runtime is ready.
 * @param folders absolute paths; the page may read files in these and nothing else of the disk
 * @param threads of wasm; default the cores, four at most
 */
export async function openBrowserEngine(
  provider: 'wasm' | 'webgpu',
  folders: readonly string[],
  threads?: number,
): Promise<BrowserEngine> {
  const server = await serve(folders)
  let browser: Browser | undefined
  try {
    const launched = (browser = await launch())
    const page = await launched.newPage()
    page.on('pageerror', (error) => console.error(`page: ${error.message}`))
    let processes: readonly number[] = []
    await page.exposeFunction('processorMillis', () => processorMillis(processes))
    const query = `provider=${provider}${threads === undefined ? '' : `&threads=${threads}`}`
    await page.goto(`${server.resolvedUrls?.local[0] ?? ''}cli/shared/browser/page.html?${query}`, { timeout: 300_000 })
    // The page's own site has a process of its own from here on.
    processes = await rendererProcesses(launched)
    await page.waitForFunction(() => 'photodoodle' in globalThis || 'photodoodleError' in globalThis, undefined, {
      timeout: 300_000,
    })
    const failure = await page.evaluate(() => (globalThis as { photodoodleError?: string }).photodoodleError)
    if (failure !== undefined)
      throw new PhotodoodleError(
        'NoProvider',
        `Chromium could not open ${provider}: ${failure}.`,
        'Try --provider cpu.',
      )
    const url = (path: string): string => servedUrl(folders, path)
    return {
      parity: (folder) =>
        page.evaluate((target) => (globalThis as unknown as Page).photodoodle.parity(target), url(folder)),
      bench: (model, matte, photo, options) =>
        page.evaluate(
          (target) =>
            (globalThis as unknown as Page).photodoodle.bench(target.model, target.matte, target.photo, target.options),
          { model: url(model), matte: url(matte), photo: url(photo), options },
        ),
      openEditing: async (model, matte, photo) => {
        await page.evaluate(
          (target) => (globalThis as unknown as Page).photodoodle.openEditing(target.model, target.matte, target.photo),
          { model: url(model), matte: url(matte), photo: url(photo) },
        )
        return {
          edit: (seed, anew): Promise<Cost> =>
            page.evaluate((asked) => (globalThis as unknown as Page).photodoodle.edit(asked.seed, asked.anew), {
              seed,
              anew,
            }),
          close: () => Promise.resolve(),
        }
      },
      peakBytes: () => Promise.resolve(peakBytes(processes)),
      switches: (model, matte) =>
        page.evaluate((target) => (globalThis as unknown as Page).photodoodle.switches(target.model, target.matte), {
          model: url(model),
          matte: url(matte),
        }),
      close: async () => {
        await launched.close()
        await server.close()
      },
    }
  } catch (error) {
    await browser?.close()
    await server.close()
    throw error
  }
}

/** Ids of the processes that run pages; the browser's own and its graphics are others. */
async function rendererProcesses(browser: Browser): Promise<readonly number[]> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** Of all their threads, from Linux's scheduler; undefined elsewhere. */
function processorMillis(processes: readonly number[]): number | undefined {
  try {
    const spent = processes.flatMap((id) =>
      readdirSync(`/proc/${id}/task`).map((task) =>
        Number(readFileSync(`/proc/${id}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
      ),
    )
    return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6
  } catch {
    return undefined
  }
}

function peakBytes(processes: readonly number[]): number {
  try {
    const peaks = processes.map((id) => /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1])
    return peaks.reduce((sum, kilobytes) => sum + 1024 * Number(kilobytes ?? 0), 0)
  } catch {
    return 0
  }
}

interface Page {
  readonly photodoodle: BrowserCommands
}

/** Where the page finds a served folder, or a file directly in one. */
function servedUrl(folders: readonly string[], path: string): string {
  const whole = folders.indexOf(path)
  return whole >= 0 ? `/@folder/${whole}` : `/@folder/${folders.indexOf(dirname(path))}/${basename(path)}`
}

async function launch(): Promise<Browser> {
  const { chromium } = await import('@playwright/test')
  const system =
    process.env['PHOTODOODLE_CHROMIUM'] ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
  return chromium.launch({ args: chromiumArguments, ...(system === undefined ? {} : { executablePath: system }) })
}

async function serve(folders: readonly string[]): Promise<ViteDevServer> {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    // onnxruntime-web finds its wasm beside its own module; a pre-bundled copy would lose it.
    optimizeDeps: { exclude: ['onnxruntime-web'], noDiscovery: true, include: [] },
    plugins: [serveFolders(folders)],
    server: {
      port: 0,
      host: '127.0.0.1',
      // Threads need SharedArrayBuffer, which needs cross-origin isolation.
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
      watch: null,
      hmr: false,
    },
  })
  return server.listen()
}

/** `/@folder/2/weights.safetensors` is that file of the third folder. */
function serveFolders(folders: readonly string[]): Plugin {
  return {
    name: 'serve-folders',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const match = /^\/@folder\/(\d+)\/([^?]+)/.exec(request.url ?? '')
        if (match === null) return next()
        const folder = folders[Number(match[1])]
        const path = folder === undefined ? undefined : normalize(join(folder, decodeURIComponent(match[2] ?? '')))
        if (folder === undefined || path === undefined || !path.startsWith(folder) || !existsSync(path)) {
          response.statusCode = 404
          response.end()
          return
        }
        createReadStream(path).pipe(response)
      })
    },
  }
}
