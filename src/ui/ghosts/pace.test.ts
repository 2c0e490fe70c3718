import { expect, test } from 'vitest'
import { paceOf } from './pace'

test('a quick machine draws while things move; a slow one, or one not known yet, when they rest', () => {
  const quick = paceOf(300)
  for (const slow of [paceOf(1501), paceOf(null)]) {
    expect(slow.wait).toBeGreaterThan(quick.wait)
    expect([slow.interrupt, quick.interrupt]).toEqual([true, false])
  }
})
