import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'cli/**/*.test.ts', 'tests/**/*.test.ts'],
    environment: 'node',
    // Two cores: each worker also runs onnxruntime threads.
    maxWorkers: 2,
    testTimeout: 60_000,
  },
})
