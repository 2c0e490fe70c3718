#!/usr/bin/env node
/**
 * `node scripts/recording.mjs`: the README's short recording, of the pictures that the first-minute journey leaves
 * (docs/images/journeys, `e2e/journeys.spec.ts`), each shown for a moment.
 */
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const images = fileURLToPath(new URL('../docs/images/', import.meta.url))
/** Pixels across, and how long each picture stays, in milliseconds. */
const [WIDTH, STAYS] = [720, [1200, 1500, 1200, 2600, 2000]]
const shots = ['1-empty', '2-photo', '3-drawing', '4-result', '5-save']

const frames = await Promise.all(
  shots.map((shot) => sharp(`${images}journeys/first-minute-${shot}.webp`).resize(WIDTH).png().toBuffer()),
)
await sharp(frames, { join: { animated: true } })
  .webp({ quality: 70, effort: 6, delay: STAYS, loop: 0 })
  .toFile(`${images}recording.webp`)
