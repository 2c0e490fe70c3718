import { expect, test } from 'vitest'
import { checkRequest } from './check-request'

const ask = (noise: number) => () =>
  checkRequest({
    what: { instruction: 'a star', styles: [] },
    where: { elements: [{ box: { left: 0, top: 0, width: 1, height: 1 }, kind: 'front', words: 'a star', noise }] },
    how: { seed: 1 },
  })

test('an element’s noise is one of its seed’s', () => {
  for (const noise of [0, 1, 65535]) expect(ask(noise)).not.toThrow()
  for (const noise of [-1, 1.5, 65536, NaN, Infinity])
    expect(ask(noise)).toThrow(expect.objectContaining({ name: 'BadRequest' }))
})
