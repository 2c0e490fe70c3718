import { expect, test } from 'vitest'
import { defaultMemoryBudget, isSoftwareName, threadCount } from './adapter-rules'

test.each([
  [1, 1],
  [2, 2],
  [4, 4],
  [8, 4],
  [12, 6],
  [16, 8],
  [64, 8],
])('%i logical cores give %i threads', (cores, threads) => {
  expect(threadCount(cores)).toBe(threads)
})

test.each([
  ['google swiftshader SwiftShader Device (Subzero)', true],
  ['mesa llvmpipe (LLVM 15.0, 256 bits)', true],
  ['microsoft Microsoft Basic Render Driver', true],
  ['nvidia ampere NVIDIA GeForce RTX 3060', false],
  ['apple metal-3 Apple M2', false],
])('"%s" is imitated on the CPU: %s', (names, software) => {
  expect(isSoftwareName(names)).toBe(software)
})

test.each([
  [null, 4],
  [8, 4],
  [2, 1],
  [32, 16],
])('a device memory of %s GiB leaves %i to a large model', (memory, gibibytes) => {
  expect(defaultMemoryBudget(memory)).toBe(gibibytes * 2 ** 30)
})
