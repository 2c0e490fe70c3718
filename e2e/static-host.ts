import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain',
}

/** The build on a plain static host: under a sub-path, with no header of ours. */
export class StaticHost {
  /** Paths that were asked for, in order. */
  readonly asked: string[] = []
  /** Content served in place of a file of the build. */
  readonly published = new Map<string, string>()
  #server: Server | undefined
  #port = 0

  /** @param path begins and ends with a slash */
  constructor(readonly path: string) {}

  get url(): string {
    return `http://localhost:${this.#port}${this.path}`
  }

  /** The same port as before, after a stop. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      this.asked.push(pathname)
      const name = pathname.slice(this.path.length) || 'index.html'
      const content = pathname.startsWith(this.path) ? this.read(name) : Promise.reject(new Error('outside'))
      content.then(
        (body) =>
          response.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream' }).end(body),
        () => response.writeHead(404).end(),
      )
    })
    await new Promise<void>((resolve) => {
      server.listen(this.#port, 'localhost', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    return this
  }

  /** Nothing answers any more, as without a network. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  }

  /** The next version of the app: the same files, told apart by a page title. */
  async publish(title: string): Promise<void> {
    const page = (await this.text('index.html')).replace(/<title>.*<\/title>/, `<title>${title}</title>`)
    const worker = await this.text('sw.js')
    const entry = /\{"revision":"\w+","url":"index\.html"\}/
    if (!entry.test(worker)) throw new Error('sw.js does not keep index.html.')
    this.published.set('index.html', page)
    this.published.set('sw.js', worker.replace(entry, JSON.stringify({ revision: title, url: 'index.html' })))
  }

  private async read(name: string): Promise<Buffer | string> {
    return this.published.get(name) ?? readFile(join('dist', name))
  }

  private async text(name: string): Promise<string> {
    return (await this.read(name)).toString()
  }
}
