import { expect, test } from '@playwright/test'
import { EditorPage } from './editor-page'

test('a graphics adapter imitated on the CPU is refused with its reason, and the page says where it runs', async ({
  page,
}) => {
  const editor = new EditorPage(page)
  await editor.open()
  const badge = page.getByRole('button', { name: 'On your processor' })
  await expect(badge).toBeVisible({ timeout: 120_000 })
  await badge.click()
  const details = page.getByRole('region', { name: 'Where it runs' })
  await expect(details).toContainText('Processor (WebAssembly)')
  // Headless Chromium offers SwiftShader here, or nothing where it has no Vulkan.
  await expect(details).toContainText(/imitated on the CPU|no graphics adapter|no WebGPU/)
})

test('the page is cross-origin isolated, and its policy is sent with every response', async ({ page, request }) => {
  await page.goto('/')
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  const script = await page.locator('script[type=module]').getAttribute('src')
  for (const path of ['/', script ?? '/missing']) {
    const { headers, ok } = await request
      .get(path)
      .then((response) => ({ headers: response.headers(), ok: response.ok() }))
    expect(ok).toBe(true)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp')
  }
  expect((await request.get('/models/nano/no-such-file.bin')).status()).toBe(404)
})

/** Runs where a page or a worker evaluates: the policy's verdict on a request that leaves the origin. */
function askElsewhere(): Promise<string> {
  return new Promise((resolve) => {
    globalThis.addEventListener('securitypolicyviolation', (event) =>
      resolve((event as SecurityPolicyViolationEvent).effectiveDirective),
    )
    fetch('https://example.com/').then(
      () => resolve('went through'),
      () => setTimeout(() => resolve('failed, but not by the policy'), 1000),
    )
  })
}

test('a request to another origin is stopped by the policy, in the page and in the engine alike', async ({ page }) => {
  const starting = page.waitForEvent('worker')
  await page.goto('/?provider=wasm')
  const engine = await starting
  expect(await page.evaluate(askElsewhere)).toBe('connect-src')
  expect(await engine.evaluate(askElsewhere)).toBe('connect-src')
})
