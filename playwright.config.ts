import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'
import { chromiumArguments } from './cli/shared/browser/chromium-arguments'

const port = Number(process.env['PHOTODOODLE_PORT'] ?? 4199)
const system =
  process.env['PHOTODOODLE_CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))

/** The real build, served with its real headers, in a real Chromium. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Several doodles on two slow, busy cores are drawn within this.
  timeout: 1_800_000,
  expect: { timeout: 30_000 },
  // A test waits for the page most of its time: two fill two cores.
  workers: 2,
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1440, height: 900 },
    // Routes see no request that a service worker answers; e2e/offline.spec.ts is about them and lets them in.
    serviceWorkers: 'block',
    // Without a graphics card animations are painted by the cores that should draw the doodle.
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'retain-on-failure',
    launchOptions: {
      ...(system === undefined ? {} : { executablePath: system }),
      args: chromiumArguments,
    },
  },
  webServer: {
    command: `node scripts/start.mjs --port ${port}`,
    url: `http://localhost:${port}`,
    timeout: 600_000,
    reuseExistingServer: process.env['CI'] === undefined,
  },
})
