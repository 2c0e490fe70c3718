import { createReadStream, existsSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import type { Browser } from '@playwright/test'
import { createServer, type Plugin, type ViteDevServer } from 'vite'
import { PhotodoodleError } from '../../../src/engine/core/errors'
import type { BenchFigures, BenchOptions, SwitchFigures } from '../../../src/engine/checks/benchmark'
import type { ParityFigure } from '../../../src/engine/checks/parity'
import { root } from '../root'
import { chromiumArguments } from './chromium-arguments'
import type { BrowserCommands } from './page'

/** The engine inside headless Chromium, for commands that must run where users run it. */
export interface BrowserEngine {
  /** @param folder one of the served folders */
  parity(folder: string): Promise<readonly ParityFigure[]>
  /** @param model, matte served folders @param photo a file in a served folder */
  bench(model: string, matte: string, photo: string, options: BenchOptions): Promise<BenchFigures>
  /** @param model, matte served folders */
  switches(model: string, matte: string): Promise<SwitchFigures>
  close(): Promise<void>
}

/**
 * Serves the engine's sources and the given folders to a headless Chromium and waits until its runtime is ready.
 * @param folders absolute paths; the page may read files in these and nothing else of the disk
 */
export async function openBrowserEngine(
  provider: 'wasm' | 'webgpu',
  folders: readonly string[],
): Promise<BrowserEngine> {
  const server = await serve(folders)
  let browser: Browser | undefined
  try {
    const launched = (browser = await launch())
    const page = await launched.newPage()
    page.on('pageerror', (error) => console.error(`page: ${error.message}`))
    await page.goto(`${server.resolvedUrls?.local[0] ?? ''}cli/shared/browser/page.html?provider=${provider}`)
    await page.waitForFunction(() => 'photodoodle' in globalThis || 'photodoodleError' in globalThis, undefined, {
      timeout: 120_000,
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
