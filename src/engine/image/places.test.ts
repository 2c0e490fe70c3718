import { expect, test } from 'vitest'
import { placeAround, placesWithin } from './places'

test('places share another one as they shared what they spanned', () => {
  const places = [
    { left: 0.2, top: 0.4, width: 0.2, height: 0.1 },
    { left: 0.5, top: 0.2, width: 0.1, height: 0.2 },
  ]
  expect(placeAround(places)).toMatchObject({ left: 0.2, top: 0.2 })
  const into = { left: -0.1, top: 0.5, width: 0.8, height: 0.3 }
  const [first, second] = placesWithin(places, into)
  for (const [place, expected] of [
    [first, [-0.1, 0.7, 0.4, 0.1]],
    [second, [0.5, 0.5, 0.2, 0.2]],
    [placeAround([first!, second!]), [-0.1, 0.5, 0.8, 0.3]],
  ] as const)
    for (const [i, value] of [place!.left, place!.top, place!.width, place!.height].entries())
      expect(value).toBeCloseTo(expected[i]!)
  expect(placesWithin([], into)).toEqual([])
})
