#!/usr/bin/env node
/**
 * `node scripts/icons.mjs`: the installed app's icons from public/favicon.svg, and its screenshots from
 * docs/images/journeys.
 */
import { mkdir } from 'node:fs/promises'
import sharp from 'sharp'

const paper = '#fffdf9'
await mkdir('public/pwa', { recursive: true })
const drawn = (size) =>
  sharp('public/favicon.svg', { density: (72 * size) / 32 })
    .resize(size, size)
    .png()
    .toBuffer()
for (const size of [180, 192, 512]) await sharp(await drawn(size)).toFile(`public/pwa/icon-${size}.png`)
// Systems cut a maskable icon to a circle of 80 % of its side.
await sharp({ create: { width: 512, height: 512, channels: 4, background: paper } })
  .composite([{ input: await drawn(360) }])
  .png()
  .toFile('public/pwa/icon-maskable-512.png')
// Install dialogs read JPEG and PNG.
for (const [journey, name] of [
  ['first-minute-4-result', 'wide'],
  ['phone-2-result', 'narrow'],
]) {
  await sharp(`docs/images/journeys/${journey}.webp`).jpeg({ quality: 82 }).toFile(`public/pwa/screenshot-${name}.jpg`)
}
