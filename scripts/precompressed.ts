import { createReadStream, existsSync, statSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import type { Plugin } from 'vite'

/** What is worth compressing, and its type. Pictures and fonts are compressed already. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.bin': 'application/octet-stream',
  '.onnx': 'application/octet-stream',
  '.txt': 'text/plain',
}

/** A compressed copy that is larger than this share of the file is not kept. */
const WORTH = 0.97
/** Level 11 takes a minute for a runtime build and gives a tenth less. */
const LEVEL = 9

const compress = promisify(brotliCompress)

/**
 * Writes FILE.br beside the build's files, for any static host that takes precompressed ones, and serves them from
 * `vite preview`.
 * @param headers of every answer
 */
export function precompressed(headers: Readonly<Record<string, string>>): Plugin {
  let folder = 'dist'
  return {
    name: 'precompressed',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir)
    },
    closeBundle: {
      sequential: true,
      order: 'post',
      handler: () => compressAll(folder),
    },
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        const path = resolve(folder, `.${decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)}`)
        const file = path === folder ? join(folder, 'index.html') : path
        const type = TYPES[extname(file)]
        const wanted = /\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''))
        if (!wanted || type === undefined || !file.startsWith(folder + sep) || !isFresh(file)) return next()
        const { mtimeMs, size } = statSync(`${file}.br`)
        const etag = `W/"${size}-${mtimeMs}"`
        const known = request.headers['if-none-match'] === etag
        response.writeHead(known ? 304 : 200, {
          ...headers,
          ETag: etag,
          Vary: 'Accept-Encoding',
          'Cache-Control': 'no-cache',
          ...(known ? {} : { 'Content-Type': type, 'Content-Encoding': 'br', 'Content-Length': size }),
        })
        if (known || request.method === 'HEAD') response.end()
        else createReadStream(`${file}.br`).pipe(response)
      })
    },
  }
}

/** A copy of what the file was before is of no use. */
const isFresh = (file: string): boolean =>
  existsSync(file) && existsSync(`${file}.br`) && statSync(`${file}.br`).mtimeMs >= statSync(file).mtimeMs

/** Several at a time: zlib's work is done on threads beside this one. */
async function compressAll(folder: string): Promise<void> {
  if (!existsSync(folder)) return
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
  await Promise.all(files.map(({ parentPath, name }) => compressOne(join(parentPath, name))))
}

async function compressOne(file: string): Promise<void> {
  const bytes = await readFile(file)
  const smaller = await compress(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: LEVEL,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
  if (smaller.length <= WORTH * bytes.length) await writeFile(`${file}.br`, smaller)
}
