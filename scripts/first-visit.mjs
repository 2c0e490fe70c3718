#!/usr/bin/env node
// Bytes in transit and seconds until the first doodle shows, cold and warm, over a line of its own pace.
//   --dist DIR      the build (default dist; `npm run build` makes it)
//   --mbit N        the line's pace, both visits (default 10)
//   --slowdown N    Chromium's own throttle of the page's processor, 1 = none
// Everything goes through one TCP proxy, which counts and paces it: workers and the service worker among it. On Linux
// the processor's time of all the browser's processes is told, too: seconds on the clock depend on what else the
// machine does.
import { createServer, connect } from 'node:net'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { preview } from 'vite'

const { values } = parseArgs({
  options: {
    dist: { type: 'string', default: 'dist' },
    mbit: { type: 'string', default: '10' },
    slowdown: { type: 'string', default: '1' },
  },
})
const bytesPerSecond = (Number(values.mbit) * 1e6) / 8
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const system = [process.env.PHOTODOODLE_CHROMIUM, '/usr/bin/chromium'].find((path) => path && existsSync(path))

const server = await preview({ build: { outDir: values.dist }, preview: { port: 0 }, logLevel: 'warn' })
const { port } = server.httpServer.address()
let bytes = 0
/** When the line is free again. */
let free = 0
const proxy = createServer((down) => {
  const up = connect(port, 'localhost')
  const end = () => {
    down.destroy()
    up.destroy()
  }
  down.pipe(up)
  up.on('data', (chunk) => {
    bytes += chunk.length
    const now = performance.now()
    free = Math.max(free, now) + (1000 * chunk.length) / bytesPerSecond
    up.pause()
    setTimeout(() => {
      if (!down.destroyed) down.write(chunk)
      up.resume()
    }, free - now)
  })
  for (const socket of [up, down]) socket.on('error', end).on('close', end)
})
await new Promise((done) => {
  proxy.listen(0, 'localhost', done)
})
const url = `http://localhost:${proxy.address().port}/?provider=wasm`

const profile = mkdtempSync(join(tmpdir(), 'first-visit-'))
try {
  const cold = await visit('first visit', async (page) => {
    await page.goto(url)
    await page.locator('.samples button').last().click()
  })
  await settle(cold)
  await cold.context.close()
  // The first visit's project comes back at first; the shortcut opens another photo.
  const warm = await visit('second visit', (page) => page.goto(`${url}&open=sample`))
  await warm.context.close()
} finally {
  proxy.close()
  await server.close()
  rmSync(profile, { recursive: true, force: true })
}

/** A sample photo opened and one doodle asked for as soon as each can be. @param open goes there and opens it */
async function visit(name, open) {
  const context = await chromium.launchPersistentContext(profile, {
    args: flags,
    ...(system ? { executablePath: system } : {}),
  })
  const page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(1_200_000)
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: Number(values.slowdown) })
  const [begun, before, spent] = [performance.now(), bytes, processorSeconds()]
  const told = (what) => {
    const [used, seconds] = [processorSeconds() - spent, (performance.now() - begun) / 1000]
    const processor = used > 0 ? `, ${used.toFixed(1)} s of the processor` : ''
    const megabytes = ((bytes - before) / 1e6).toFixed(2)
    console.log(`${name}: ${what} after ${seconds.toFixed(1)} s, ${megabytes} MB in transit${processor}`)
  }
  await open(page)
  await page.getByRole('img', { name: /^Your photo/ }).waitFor()
  told('photo open')
  await page.getByLabel('What shall be drawn?').fill('add a red crown')
  await page.getByRole('button', { name: /^Add( Ctrl Enter)?$/ }).click()
  await page.getByRole('img', { name: 'The photo with the doodle' }).waitFor()
  told('first doodle shows')
  return { context, page, told }
}

/** Until the service worker has brought the rest. */
async function settle({ page, told }) {
  for (let quiet = 0; quiet < 5;) {
    const before = bytes
    await page.waitForTimeout(3000)
    quiet = bytes === before ? quiet + 1 : 0
  }
  told('all of it is kept')
}

/** Of all processes with the profile; 0 where the system does not tell. Linux ticks a hundred times a second. */
function processorSeconds() {
  if (!existsSync('/proc/self/stat')) return 0
  let ticks = 0
  for (const id of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (!readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(profile)) continue
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks / 100
}
