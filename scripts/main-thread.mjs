#!/usr/bin/env node
/**
 * How smooth the editor stays, in a real Chromium, one line of JSON for each figure:
 * - frames per second while a 24-megapixel photo is dragged and zoomed, beside a control: the rate at which the same
 *   browser shows a page
 *   that does nothing but move one canvas of the same size, or paint it anew. Rates depend on the machine and its load;
 * the ratio to
 *   the control does so far less.
 * - tasks of the page's main thread meanwhile, and while a doodle is drawn. A task counts by the processor time it
 *   took, which a busy
 *   machine does not change; wall times are printed beside it.
 * - the same while an object is dragged over a 12-megapixel photo, three times.
 * `node scripts/main-thread.mjs [--url http://localhost:4173] [--only screen|object|doodle]` (npm start first).
 */
import { chromium } from '@playwright/test'
import sharp from 'sharp'
import { Buffer } from 'node:buffer'
import { clearInterval, setInterval } from 'node:timers'
import { parseArgs } from 'node:util'
import { ensureChromium } from './setup.mjs'

const { values } = parseArgs({
  options: { url: { type: 'string', default: 'http://localhost:4173' }, only: { type: 'string' } },
})
const SECONDS = 3
const WINDOW = { width: 1440, height: 900 }
const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] })
const system = await browser.newBrowserCDPSession()

/** Tasks of the main thread while `work` goes on. */
async function watched(what, page, work) {
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  })
  const extra = await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
  // The page's own process is the one whose main thread ran our frames most.
  const mains = traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`)
  const tasks = new Map(mains.map((main) => [main, []]))
  for (const { name, ph, pid, tid, dur = 0, tdur = 0 } of traceEvents)
    if (ph === 'X' && name.endsWith('RunTask')) tasks.get(`${pid} ${tid}`)?.push([tdur / 1000, dur / 1000])
  const own = [...tasks.values()].sort((a, b) => b.length - a.length)[0] ?? []
  const longest = (part) => Math.round(10 * own.reduce((most, task) => Math.max(most, task[part]), 0)) / 10
  const decodes = traceEvents.filter(({ name }) =>
    /^(Decode LazyPixelRef|Decode Image|ImageDecodeTask)/.test(name),
  ).length
  console.log(
    JSON.stringify({
      what,
      tasks: own.length,
      over16msOfProcessor: own.filter(([cpu]) => cpu > 16).length,
      over50msOfProcessor: own.filter(([cpu]) => cpu > 50).length,
      longestProcessorMs: longest(0),
      longestWallMs: longest(1),
      imageDecodes: decodes,
      ...extra,
    }),
  )
}

/** Processor seconds that all processes of the browser have used so far: main threads, raster, compositor, decoding. */
async function processorSeconds() {
  const { processInfo } = await system.send('SystemInfo.getProcessInfo')
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

/**
 * Frames of the page for a few seconds, and what each cost all of the browser. @param everyFrame runs in the page
 * before each
 */
async function frames(page, everyFrame = () => {}) {
  const before = await processorSeconds()
  const { count, ...measured } = await page.evaluate(`new Promise((resolve) => {
    const everyFrame = ${everyFrame.toString()}
    const times = []
    const tick = (now) => {
      times.push(now)
      everyFrame(now)
      if (now - times[0] < ${SECONDS * 1000}) return requestAnimationFrame(tick)
      const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b)
      const rounded = (ms) => Math.round(ms * 10) / 10
      resolve({
        count: gaps.length,
        framesPerSecond: rounded(gaps.length / (now - times[0]) * 1000),
        medianFrameMs: rounded(gaps[gaps.length >> 1]),
        slowestFrameMs: rounded(gaps.at(-1)),
      })
    }
    requestAnimationFrame(tick)
  })`)
  return { ...measured, processorMsPerFrame: Math.round((((await processorSeconds()) - before) / count) * 10_000) / 10 }
}

/**
 * Frames while input comes as from a hand: 60 times a second by the clock, whether the page keeps up or not. @param
 * input is given the seconds gone
 */
async function framesWhile(page, input) {
  const started = performance.now()
  const sent = []
  const hand = setInterval(() => sent.push(input((performance.now() - started) / 1000)), 1000 / 60)
  const measured = await frames(page)
  clearInterval(hand)
  await Promise.all(sent)
  return measured
}

/** What the display gives at most: pages with one canvas and nothing else. */
async function control() {
  const page = await browser.newPage({ viewport: WINDOW })
  await page.setContent(
    '<body style="margin:0;overflow:hidden;background:#eee"><canvas width="1440" ' +
      'height="900" style="display:block;will-change:transform"></canvas>',
  )
  await page.evaluate(() => {
    globalThis.context = globalThis.document.querySelector('canvas').getContext('2d')
    globalThis.context.fillStyle = 'teal'
    globalThis.context.fillRect(0, 0, 1440, 900)
  })
  await page.waitForTimeout(500)
  console.log(JSON.stringify({ what: 'control: nothing changes', ...(await frames(page)) }))
  const moved = await frames(page, (now) => {
    const [x, y] = [Math.round(200 * Math.sin(now / 300)), Math.round(100 * Math.cos(now / 300))]
    globalThis.context.canvas.style.transform = `translate(${x}px, ${y}px)`
  })
  console.log(JSON.stringify({ what: 'control: one canvas is moved', ...moved }))
  const painted = await frames(page, (now) => {
    globalThis.context.fillStyle = `hsl(${now / 20} 50% 50%)`
    globalThis.context.fillRect(0, 0, 1440, 900)
  })
  console.log(JSON.stringify({ what: 'control: one canvas is painted', ...painted }))
  await page.close()
}

async function openEditor() {
  const page = await browser.newPage({ viewport: WINDOW, reducedMotion: 'reduce' })
  page.setDefaultTimeout(600_000)
  await page.goto(`${values.url}/?provider=wasm`)
  return page
}

/** An editor with a noisy photo of this size. */
async function openPhoto(width, height) {
  const page = await openEditor()
  const noise = Buffer.alloc(600 * 400 * 3, 0).map((_, i) => (i * 97 + (i >> 7) * 31) % 256)
  const photo = await sharp(noise, { raw: { width: 600, height: 400, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .jpeg()
    .toBuffer()
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'large.jpg', mimeType: 'image/jpeg', buffer: photo })
  await page.getByRole('img', { name: 'Your photo, large.jpg' }).waitFor()
  await page.locator('canvas[data-photo][aria-busy=false]').waitFor()
  // The model is read by then, or it would share the cores.
  await page.getByRole('button', { name: 'On your processor' }).waitFor()
  await page.waitForTimeout(1000)
  return page
}

async function addDoodle(page) {
  await page.locator('#doodle').click()
  await page.getByRole('img', { name: 'The photo with the doodle' }).waitFor()
  await page.locator('#doodle').waitFor()
  await page.locator('canvas[data-photo][aria-busy=false]').waitFor()
}

/** Of the object in hand, on the screen: the middle of what is drawn of its frame, whose knob stands 30 px above it. */
async function middleOfObject(page) {
  const { x, y } = await page.locator('.handles canvas').first().boundingBox()
  const [left, top, right, bottom] = await page
    .locator('.handles canvas')
    .first()
    .evaluate((canvas) => {
      const { width, height } = canvas
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
      const box = [width, height, 0, 0]
      for (let at = 3, i = 0; at < data.length; at += 4, i++) {
        if (data[at] === 0) continue
        const [px, py] = [i % width, Math.floor(i / width)]
        box[0] = Math.min(box[0], px)
        box[1] = Math.min(box[1], py)
        box[2] = Math.max(box[2], px)
        box[3] = Math.max(box[3], py)
      }
      return box.map((side) => side / globalThis.devicePixelRatio)
    })
  return [x + (left + right) / 2, y + (top + 30 + bottom) / 2]
}

async function object() {
  await control()
  const page = await openPhoto(4000, 3000)
  await page.locator('#instruction').fill('add a big red heart in the middle')
  await addDoodle(page)
  await page.getByRole('button', { name: 'Object', exact: true }).click()
  const handles = page.locator('.handles canvas').first()
  await handles.waitFor()
  await page.waitForTimeout(1500)
  const [x, y] = await middleOfObject(page)
  const { mouse } = page
  const turn = (seconds, period) => (2 * Math.PI * seconds) / period
  const dragged = async () => {
    await mouse.move(x, y)
    await mouse.down()
    const measured = await framesWhile(page, (seconds) =>
      mouse.move(x + 220 * Math.sin(turn(seconds, 1.5)), y + 150 * Math.sin(turn(seconds, 2.2))),
    )
    // Back where it was taken, so that the next round finds it there.
    await mouse.move(x, y)
    await mouse.up()
    await page.locator('canvas[data-photo][aria-busy=false]').waitFor()
    return measured
  }
  for (let round = 1; round <= 3; round++) {
    console.log(JSON.stringify({ what: `12 megapixels, an object dragged, round ${round}`, ...(await dragged()) }))
    await watched(`12 megapixels, an object dragged, traced, round ${round}`, page, dragged)
  }
  await page.close()
}

async function screen() {
  await control()
  const page = await openPhoto(6000, 4000)
  await addDoodle(page)
  const { mouse } = page
  const [x, y] = [500, 400]
  const turn = (seconds, period) => (2 * Math.PI * seconds) / period
  const drag = (seconds) => mouse.move(x + 300 * Math.sin(turn(seconds, 1.5)), y + 200 * Math.sin(turn(seconds, 2.2)))
  // Four and a half times larger, and back.
  const zoom = (seconds) => mouse.wheel(0, Math.floor(seconds / 0.75) % 2 === 0 ? -20 : 20)
  const dragged = async () => {
    await mouse.move(x, y)
    await mouse.down()
    const measured = await framesWhile(page, drag)
    await mouse.up()
    return measured
  }
  await mouse.move(x, y)
  await page.waitForTimeout(1500)
  console.log(
    JSON.stringify({ what: '24 megapixels and a doodle, whole, zoomed by wheel', ...(await framesWhile(page, zoom)) }),
  )
  for (let i = 0; i < 12; i++) await mouse.wheel(0, -120)
  await page.waitForTimeout(3000)
  console.log(JSON.stringify({ what: '24 megapixels and a doodle, zoomed in, dragged', ...(await dragged()) }))
  console.log(
    JSON.stringify({
      what: '24 megapixels and a doodle, zoomed in, zoomed by wheel',
      ...(await framesWhile(page, zoom)),
    }),
  )
  await page.waitForTimeout(1000)
  // Tracing slows the page down, so tasks are counted in a round of their own.
  await watched('24 megapixels and a doodle, zoomed in, dragged, traced', page, dragged)
  await page.close()
}

async function doodle() {
  const page = await openEditor()
  await page.getByRole('button', { name: 'Ginger cat' }).click()
  await page.getByRole('img', { name: /^Your photo/ }).waitFor()
  // The model is loaded, so that what follows is an edit and nothing else.
  await page.getByRole('button', { name: 'On your processor' }).waitFor()
  await page.waitForTimeout(1000)
  await watched('one doodle, 8 steps', page, async () => {
    const started = Date.now()
    await page.locator('#doodle').click()
    await page.getByRole('img', { name: 'The photo with the doodle' }).waitFor()
    await page.locator('canvas[aria-busy=false]').waitFor()
    return { seconds: (Date.now() - started) / 1000 }
  })
  await page.close()
}

const wanted = (part) => values.only === undefined || values.only === part
if (wanted('screen')) await screen()
if (wanted('object')) await object()
if (wanted('doodle')) await doodle()
await browser.close()
