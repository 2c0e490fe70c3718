import type { ElementPlan } from '../../workers/engine-api'
import { COLOUR_NAMES, STYLE_COLOURS } from './colours'
import { PALETTES } from './palettes'
import { thingNamed } from './reading'

/** What one of several drawings is asked for; `colour` is the word that it has beyond what was typed. */
export interface Variation {
  readonly instruction: string
  readonly elements?: readonly ElementPlan[]
  readonly colour?: string
}

/** Each far from those before it; those that parts of most photos swallow come last. */
const ORDER = ['pink', 'blue', 'green', 'orange', 'purple', 'red', 'yellow', 'light blue', 'white', 'black']

const COLOURED = new RegExp(
  `\\b(?:${COLOUR_NAMES}|(?:multi)?colou?r(?:ful|ed)|dark|beige|navy|magenta|maroon|lime|olive|ivory|bronze|copper|` +
    'indigo|lilac|lavender|coral|amber)\\b',
  'i',
)
/** Letters of colours, but for those of frogs and rainbows: 红心 is read as a heart alone. */
const CHINESE_COLOURED = /[红橙橘黄绿蓝紫粉白黑金银灰棕褐]|青(?!蛙)|彩(?!虹)/u

const OWNER = "(?:the|this|that|these|those|my|your|his|her|its|their|(?:the|my|your|his|her|its|their) [\\w-]+'s)"
const LOOKS = '(?:(?:big|small|little|tiny|large|huge|cute|bright|shiny|soft|funny|old|new|other|two|three)\\s+)*'

/** Stands before what is on the photo already. */
const OWNED = new RegExp(`\\b${OWNER}\\s+${LOOKS}$`, 'i')

/** "Give her glasses" asks for glasses; "her glasses" are there. */
const GIVEN = /\bgive\s+(?:her|his|its)\s+$/i

/** A colour of what is on the photo: "on the brown dog". */
const COLOUR_THERE = new RegExp(`\\b(?:the|this|that|my|your)\\s+${LOOKS}(?:${COLOUR_NAMES})\\b`, 'gi')

/** The start of a name that a colour goes behind: "a pair of pink wings", "a little pink bird". */
const BEFORE_COLOUR = /^(?:a pair of|little|fluffy)\s+/i

/** Of a thing's longest name. */
const MOST_WORDS = 5

/**
 * What each of several drawings of the same words is asked for. The first is as typed; the others say a colour each of
 * those that the first thing named can be drawn in, since the model settles on one picture for a word and other noise
 * alone changes little. They are as typed, too, where a colour is said, and once the thing's colours are used up.
 * @param instruction in English
 * @param typed what it was read from, perhaps in Chinese
 * @param styleId some styles draw everything with crayons of their own
 * @param elements boxes on the photo, each drawn from its own words
 */
export function variations(
  instruction: string,
  typed: string,
  styleId: string | undefined,
  count: number,
  elements?: readonly ElementPlan[],
): readonly Variation[] {
  const same: Variation = { instruction, ...(elements === undefined ? {} : { elements }) }
  const isSaid =
    CHINESE_COLOURED.test(typed) || [instruction, ...(elements ?? []).map(({ words }) => words)].some(saysColour)
  const at = elements?.findIndex(({ words }) => thingToColour(words, styleId) !== undefined) ?? -1
  const plan = elements?.[at]
  const named = elements === undefined ? instruction : plan?.words
  const colours = isSaid || named === undefined ? [] : (thingToColour(named, styleId)?.colours ?? [])
  return Array.from({ length: count }, (_, i): Variation => {
    const colour = i === 0 ? undefined : colours[i - 1]
    if (colour === undefined) return same
    const said = withColour(instruction, colour, styleId)
    if (elements === undefined || plan === undefined) return { instruction: said, colour }
    const coloured = { ...plan, words: withColour(plan.words, colour, styleId) }
    return { instruction: said, elements: elements.map((one) => (one === plan ? coloured : one)), colour }
  })
}

/** With a colour before the name of the first thing that has a choice of them; as it is where there is none. */
function withColour(instruction: string, colour: string, styleId: string | undefined): string {
  const found = thingToColour(instruction, styleId)
  if (found === undefined) return instruction
  const name = instruction.slice(found.start)
  const article = /^[aeiou]/.test(colour) ? 'an' : 'a'
  // "An octopus", "a pink octopus".
  const before = instruction
    .slice(0, found.start)
    .replace(/\b(a)n?(\s+)$/i, (_, a: string, space: string) => `${a}${article.slice(1)}${space}`)
  // "Crown on the cat" begins with a capital, "3D glasses" goes on with one.
  if (before.trim() !== '' || !/^[A-Z][a-z]/.test(name)) return `${before}${colour} ${name}`
  const capital = (text: string, to: string): string => to + text.slice(1)
  return `${before}${capital(colour, colour.charAt(0).toUpperCase())} ${capital(name, name.charAt(0).toLowerCase())}`
}

/** Whether a colour is said of anything but what is on the photo. */
function saysColour(text: string): boolean {
  return COLOURED.test(text.replaceAll(COLOUR_THERE, ''))
}

/** The first thing that is asked for and has a choice of colours; where in the text a colour goes. */
function thingToColour(
  text: string,
  styleId: string | undefined,
): { readonly start: number; readonly colours: readonly string[] } | undefined {
  const words = [...text.matchAll(/[\p{L}\d][\p{L}\d'’-]*/gu)]
  for (let at = 0; at < words.length;) {
    const [thing, length] = thingAt(words.slice(at, at + MOST_WORDS).map(([word]) => word))
    const start = words[at]!.index
    const colours = thing === undefined ? [] : coloursOf(thing, styleId)
    const before = text.slice(0, start)
    if (colours.length > 0 && (!OWNED.test(before) || GIVEN.test(before))) {
      const lead = BEFORE_COLOUR.exec(text.slice(start))?.[0] ?? ''
      return { start: start + lead.length, colours }
    }
    at += length
  }
  return undefined
}

/** The thing whose longest name the words begin with, and how many of them that has; one word that names none. */
function thingAt(words: readonly string[]): readonly [thing: string | undefined, length: number] {
  const plain = words.map((word) => word.toLowerCase().replaceAll('’', "'"))
  for (let length = plain.length; length > 0; length--) {
    const thing = thingNamed(plain.slice(0, length))
    if (thing !== undefined) return [thing, length]
  }
  return [undefined, 1]
}

/** Those that it can be asked for in beside its own. */
function coloursOf(thing: string, styleId = ''): readonly string[] {
  const [, palette = '', natural = ''] = PALETTES.find(([name]) => name === thing) ?? []
  // Crayons and chalks draw each thing in each of their colours.
  const own = STYLE_COLOURS[styleId]
  const known = own === undefined ? palette.split('|') : Object.keys(own)
  return ORDER.filter((colour) => known.includes(colour) && colour !== natural)
}
