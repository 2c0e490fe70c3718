#!/usr/bin/env node
/**
 * How smooth the editor stays, in a real Chromium: tasks of the page's main thread while a doodle is drawn, and while a 24-megapixel
 * photo is zoomed and panned. A task counts by the processor time it took, which a busy machine does not change; wall times and
 * frames are printed beside it and do depend on the machine.
 * `node scripts/main-thread.mjs [--url http://localhost:4173]` (npm start first). One line of JSON for each.
 */
import { chromium } from '@playwright/test'
import sharp from 'sharp'
import { Buffer } from 'node:buffer'
import { parseArgs } from 'node:util'
import { ensureChromium } from './setup.mjs'

const { values } = parseArgs({ options: { url: { type: 'string', default: 'http://localhost:4173' } } })
const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
page.setDefaultTimeout(600_000)

/** Tasks of the main thread while `work` goes on. */
async function watched(what, work) {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] })
  const extra = await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
  // The page's own process is the one whose main thread ran our frames most.
  const mains = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`)
  const tasks = new Map(mains.map((main) => [main, []]))
  for (const { name, ph, pid, tid, dur = 0, tdur = 0 } of traceEvents) if (ph === 'X' && name.endsWith('RunTask')) tasks.get(`${pid} ${tid}`)?.push([tdur / 1000, dur / 1000])
  const own = [...tasks.values()].sort((a, b) => b.length - a.length)[0] ?? []
  const longest = (part) => Math.round(own.reduce((most, task) => Math.max(most, task[part]), 0))
  const decodes = traceEvents.filter(({ name }) => /^(Decode LazyPixelRef|Decode Image|ImageDecodeTask)/.test(name)).length
  console.log(JSON.stringify({ what, tasks: own.length, over50msOfProcessor: own.filter(([cpu]) => cpu > 50).length, longestProcessorMs: longest(0), longestWallMs: longest(1), imageDecodes: decodes, ...extra }))
}

await page.goto(`${values.url}/?provider=wasm`)
await page.getByRole('button', { name: 'Ginger cat' }).click()
await page.getByRole('img', { name: /^Your photo/ }).waitFor()
// The model is loaded, so that what follows is an edit and nothing else.
await page.getByRole('button', { name: 'On your processor' }).waitFor()
await page.waitForTimeout(1000)
await watched('one doodle, 8 steps', async () => {
  const started = Date.now()
  await page.locator('#doodle').click()
  await page.getByRole('img', { name: 'The photo with the doodle' }).waitFor()
  await page.locator('canvas[aria-busy=false]').waitFor()
  return { seconds: (Date.now() - started) / 1000 }
})

const noise = Buffer.alloc(600 * 400 * 3, 0).map((_, i) => (i * 97 + (i >> 7) * 31) % 256)
const photo = await sharp(noise, { raw: { width: 600, height: 400, channels: 3 } }).resize(6000, 4000).jpeg().toBuffer()
await page.locator('input[type=file]').first().setInputFiles({ name: 'large.jpg', mimeType: 'image/jpeg', buffer: photo })
await page.getByRole('img', { name: 'Your photo, large.jpg' }).waitFor()
await page.locator('canvas[data-photo][aria-busy=false]').waitFor()
await page.mouse.move(500, 400)
for (let i = 0; i < 12; i++) await page.mouse.wheel(0, -120)
await page.waitForTimeout(3000)
await page.locator('canvas[data-photo][aria-busy=false]').waitFor()
await watched('24 megapixels, zoomed in and panned for 3 s', async () => {
  const frames = page.evaluate(() => new Promise((resolve) => {
    const times = []
    const tick = (now) => {
      times.push(now)
      if (now - times[0] < 3000) globalThis.requestAnimationFrame(tick)
      else resolve(times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b))
    }
    globalThis.requestAnimationFrame(tick)
  }))
  await page.mouse.down()
  for (let i = 0; i < 60; i++) await page.mouse.move(500 + 300 * Math.sin(i / 6), 400 + 200 * Math.cos(i / 9))
  await page.mouse.up()
  const gaps = await frames
  return { framesPerSecond: Math.round(gaps.length / 3), medianFrameMs: Math.round(gaps[Math.floor(gaps.length / 2)] ?? 0), slowestFrameMs: Math.round(gaps.at(-1) ?? 0) }
})
await browser.close()
