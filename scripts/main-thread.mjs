#!/usr/bin/env node
/**
 * Long tasks of the editor's main thread, in a real Chromium: while a doodle is drawn, and while a 24-megapixel photo is panned
 * and zoomed. Prints one line of JSON for each. `node scripts/main-thread.mjs [--url http://localhost:4173]` (npm start first).
 */
import { chromium } from '@playwright/test'
import sharp from 'sharp'
import { Buffer } from 'node:buffer'
import { parseArgs } from 'node:util'
import { ensureChromium } from './setup.mjs'

const { values } = parseArgs({ options: { url: { type: 'string', default: 'http://localhost:4173' } } })
const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
await page.addInitScript(() => {
  globalThis.tasks = []
  new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration]))).observe({ type: 'longtask', buffered: true })
})

/** Long tasks (over 50 ms, as the browser defines them) while `work` goes on. */
async function watched(what, work) {
  const start = await page.evaluate(() => performance.now())
  const extra = await work()
  const tasks = await page.evaluate((from) => globalThis.tasks.filter(([at]) => at >= from).map(([, duration]) => duration), start)
  console.log(JSON.stringify({ what, longTasks: tasks.length, longestMs: Math.round(Math.max(0, ...tasks)), ...extra }))
}

await page.goto(`${values.url}/?provider=wasm`)
await page.getByRole('button', { name: 'Ginger cat' }).click()
await page.getByRole('img', { name: /^Your photo/ }).waitFor()
// The model is loaded, so that what follows is an edit and nothing else.
await page.getByRole('button', { name: 'On your processor' }).waitFor({ timeout: 120_000 })
await page.waitForTimeout(1000)
await watched('one doodle, 8 steps', async () => {
  const started = Date.now()
  await page.locator('#doodle').click()
  await page.getByRole('img', { name: 'The photo with the doodle' }).waitFor({ timeout: 300_000 })
  await page.locator('canvas[aria-busy=false]').waitFor({ timeout: 60_000 })
  return { seconds: (Date.now() - started) / 1000 }
})

const noise = Buffer.alloc(600 * 400 * 3, 0).map((_, i) => (i * 97 + (i >> 7) * 31) % 256)
const photo = await sharp(noise, { raw: { width: 600, height: 400, channels: 3 } }).resize(6000, 4000).jpeg().toBuffer()
await page.locator('input[type=file]').first().setInputFiles({ name: 'large.jpg', mimeType: 'image/jpeg', buffer: photo })
await page.getByRole('img', { name: 'Your photo, large.jpg' }).waitFor({ timeout: 60_000 })
await page.waitForTimeout(3000)
await watched('24 megapixels: zoomed to 100 % and panned', async () => {
  await page.mouse.move(500, 400)
  for (let i = 0; i < 12; i++) await page.mouse.wheel(0, -120)
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
  return { frames: gaps.length, medianFrameMs: Math.round(gaps[Math.floor(gaps.length / 2)] ?? 0), slowestFrameMs: Math.round(gaps.at(-1) ?? 0) }
})
await browser.close()
