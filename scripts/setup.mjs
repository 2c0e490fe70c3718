/**
 * What a fresh machine needs, each installed only when it is missing: npm packages, Chromium, the Vulkan loader.
 * Used by `npm start`, `npm test` and `.ci/run`; plain Node so that it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs a command with its output shown; returns true when it succeeded. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  return result.status === 0
}

/** `npm ci` when node_modules is missing or older than the lock file. */
export function ensurePackages() {
  const stamp = join(root, 'node_modules/.package-lock.json')
  const lock = join(root, 'package-lock.json')
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return
  if (existsSync(stamp) && sameVersions(stamp, lock)) return
  console.log('Installing npm packages ...')
  if (!run('npm', ['ci', '--no-audit', '--no-fund']))
    throw new Error('npm ci failed. Check the connection to the npm registry and run it again.')
}

/** A pull touches the lock file's date without changing what is installed. */
function sameVersions(stamp, lock) {
  const installed = JSON.parse(readFileSync(stamp, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(lock, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  )
}

const systemChromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of a usable Chromium, or undefined. The system's comes first: it is what distributions keep patched. */
async function findChromium() {
  const fromSystem = process.env.PHOTODOODLE_CHROMIUM ?? systemChromium.find((path) => existsSync(path))
  if (fromSystem !== undefined) return fromSystem
  const { chromium } = await import('@playwright/test')
  const own = chromium.executablePath()
  return existsSync(own) ? own : undefined
}

/** Installs Chromium from the system's packages, or else Playwright's own build. */
export async function ensureChromium() {
  const found = await findChromium()
  if (found !== undefined) return found
  console.log('Installing Chromium ...')
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const apt = (args) => {
    const [command, ...rest] = [...sudo, 'apt-get', ...args]
    return run(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  }
  if (existsSync('/usr/bin/apt-get')) {
    apt(['update', '-qq'])
    apt(['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'libvulkan1', 'fonts-dejavu-core'])
  }
  if ((await findChromium()) === undefined) run('npx', ['playwright', 'install', 'chromium'])
  const installed = await findChromium()
  if (installed === undefined)
    throw new Error('No Chromium could be installed. Install it by hand or set PHOTODOODLE_CHROMIUM to its path.')
  return installed
}
