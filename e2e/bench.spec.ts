import { expect, test } from '@playwright/test'

test('the bench page opens the model in its own worker and begins to measure', async ({ page }) => {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto('/bench/?provider=wasm')
  await page.getByRole('button', { name: 'Measure' }).click()
  await expect(page.getByRole('status')).toHaveText(/^Measuring: (first edit|photo|stages|limits)/, {
    timeout: 600_000,
  })
  expect(complaints).toEqual([])
})
