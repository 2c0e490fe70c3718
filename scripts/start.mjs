#!/usr/bin/env node
// `npm start`: everything a fresh clone needs to see the editor. Installs, builds when sources changed, serves.
//   --port N   serve on this port or fail (default: 4173 or the next free one)
//   --dev      development server with hot reload instead of the build
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensurePackages, root } from './setup.mjs'

process.chdir(root)

const { values } = parseArgs({ options: { port: { type: 'string' }, dev: { type: 'boolean', default: false } } })
const port = values.port === undefined ? 4173 : Number(values.port)
if (!Number.isInteger(port) || port < 1 || port > 65535) {
  console.error(`--port ${values.port} is not a port. Give a number from 1 to 65535.`)
  process.exit(2)
}

ensurePackages()

// Imported late: on a fresh clone vite only exists after the installation above.
const vite = await import('vite')
const server = values.dev ? await startDevelopment() : await startBuilt()
server.printUrls()

async function startDevelopment() {
  const development = await vite.createServer({ server: { port, strictPort: values.port !== undefined } })
  return development.listen()
}

async function startBuilt() {
  if (outdated()) await vite.build({ logLevel: 'warn' })
  return vite.preview({ preview: { port, strictPort: values.port !== undefined } })
}

/** True when something that goes into the build is newer than the build. */
function outdated() {
  const built = 'dist/index.html'
  if (!existsSync(built)) return true
  const inputs = ['index.html', 'package-lock.json', 'vite.config.ts', 'src', 'public']
  return Math.max(...inputs.filter((path) => existsSync(path)).map(newest)) > statSync(built).mtimeMs
}

function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
