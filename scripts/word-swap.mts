/**
 * What a word swap keeps: for a dozen doodles of the shipped model a colour is changed, once as a plain redraw with the same seed and
 * once with the former instruction's attention. Prints, for each and on average, the intersection over union of the two doodles'
 * shapes (alpha of at least a half) and whether the new doodle's mean colour is nearer to the new word's than to the old one's.
 * `npx tsx scripts/word-swap.mts`
 */
import { decodePhoto } from '../cli/images'
import { loadModel } from '../cli/model'
import type { RgbaImage } from '../src/engine/image/rgba-image'
import { resize } from '../src/engine/image/resize'

const COLOURS = { red: [220, 40, 40], blue: [50, 90, 220], green: [50, 170, 70], yellow: [245, 210, 50], purple: [140, 60, 190], pink: [245, 130, 180], orange: [240, 140, 40] } as const
type Colour = keyof typeof COLOURS

const CASES: readonly (readonly [photo: string, style: string, words: string, from: Colour, to: Colour])[] = [
  ['cat', 'magic', 'add a COLOUR crown on the cat', 'red', 'blue'],
  ['dog', 'magic', 'add a COLOUR crown on the dog', 'yellow', 'purple'],
  ['teapot', 'magic', 'add two COLOUR clouds above the teapot', 'purple', 'green'],
  ['teddy-bear', 'monster', 'add a COLOUR monster hugging the teddy bear', 'red', 'blue'],
  ['cat', 'monster', 'add a COLOUR monster hugging the cat', 'green', 'pink'],
  ['rubber-duck', 'monster', 'add a COLOUR monster hugging the duck from behind', 'blue', 'orange'],
  ['dog', 'edge', 'draw a thick COLOUR outline around the dog', 'blue', 'red'],
  ['backpack', 'edge', 'draw a thick COLOUR outline around the backpack', 'pink', 'green'],
  ['woman', 'painting', 'add flowing ribbons and big COLOUR flowers around the woman', 'red', 'purple'],
  ['man', 'flat', 'add big COLOUR leaves in the corners around the man', 'green', 'red'],
  ['rubber-duck', 'flat', 'add a row of COLOUR tulips along the bottom of the duck', 'red', 'blue'],
  ['backpack', 'magic', 'add a COLOUR moon behind the backpack', 'yellow', 'blue'],
]

const shape = ({ data }: RgbaImage): boolean[] => Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]! >= 128)

function iou(a: RgbaImage, b: RgbaImage): number {
  const [one, other] = [shape(a), shape(b)]
  const both = one.filter((inside, i) => inside && other[i]).length
  const either = one.filter((inside, i) => inside || other[i]).length
  return either === 0 ? 0 : both / either
}

/** Whether the doodle's mean colour lies on the new word's side. */
function took({ data }: RgbaImage, from: Colour, to: Colour): boolean {
  const sum = [0, 0, 0]
  for (let at = 0; at < data.length; at += 4) for (let c = 0; c < 3; c++) sum[c] = sum[c]! + (data[at + 3]! >= 128 ? data[at + c]! : 0)
  const size = Math.max(1, Math.hypot(...sum))
  const along = (colour: Colour): number => COLOURS[colour].reduce((total, value, c) => total + (value / Math.hypot(...COLOURS[colour])) * (sum[c]! / size), 0)
  return along(to) > along(from)
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const { engine, close } = await loadModel()
const rows = []
for (const [photo, style, words, from, to] of CASES) {
  const request = { photo: resize((await decodePhoto(`public/samples/${photo}.jpg`)).image, 256, 256), styles: [{ id: style, strength: 1 }], seed: 7 }
  const before = words.replace('COLOUR', from)
  const instruction = words.replace('COLOUR', to)
  const old = (await engine.draw({ ...request, instruction: before })).doodle
  const plain = (await engine.draw({ ...request, instruction })).doodle
  const kept = (await engine.draw({ ...request, instruction, layoutOf: before })).doodle
  rows.push({ plain: iou(old, plain), kept: iou(old, kept), plainTook: took(plain, from, to), keptTook: took(kept, from, to) })
  const row = rows.at(-1)!
  console.log(`${instruction} (${style}): IoU ${row.plain.toFixed(2)} plain, ${row.kept.toFixed(2)} kept; new colour ${String(row.plainTook)} plain, ${String(row.keptTook)} kept`)
}
const share = (flags: readonly boolean[]): string => `${flags.filter(Boolean).length} of ${flags.length}`
console.log(`mean IoU ${mean(rows.map(({ plain }) => plain)).toFixed(3)} plain, ${mean(rows.map(({ kept }) => kept)).toFixed(3)} kept; higher in ${share(rows.map(({ plain, kept }) => kept > plain))}; new colour ${share(rows.map(({ plainTook }) => plainTook))} plain, ${share(rows.map(({ keptTook }) => keptTook))} kept`)
await close()
