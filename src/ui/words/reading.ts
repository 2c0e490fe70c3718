import { fromChinese, hasHan, withEnglishColours } from './chinese'
import { COLOUR_NAMES } from './colours'
import { nearest } from './nearest'
import type { Act, Reading } from './reading-kinds'
import { THINGS } from './things'

/** What can be drawn of it; undefined: it is to be said why not. */
export function drawable(reading: Reading): string | undefined {
  return 'english' in reading ? reading.english : undefined
}

/** Words of a list, spaces between, as alternatives of a pattern. */
function wordsOf(list: string): string {
  return list.trim().split(/\s+/).join('|')
}

const OWNER = '(?:the|her|his|its|their|my|your|this)'

const CANNOT: readonly (readonly [Act, RegExp])[] = [
  ['remove', /\b(remove|delete|erase|get rid of|take (?:away|off|out)|cut out|clean up|wipe (?:away|off))\b/],
  ['recolour', /\b(recolou?r|dye|tint)\b|\bchange (?:the |her |his |its )?(?:\w+ )?colou?r\b/],
  ['recolour', new RegExp(`\\b(?:make|paint|colou?r|turn) ${OWNER} [\\w' ]{2,30} (?:${COLOUR_NAMES})$`)],
  ['turn', /\b(?:turn|transform|convert|morph|change|make) [\w' ]{1,40} into\b/],
  ['turn', /\b(?:replace|swap) [\w' ]{1,40} (?:with|by|for)\b/],
  ['adjust', /\b(crop|blur|sharpen|upscale|brighten|darken|retouch|rotate the (?:photo|picture|image))\b/],
]

const DETERMINERS =
  /\b(?:an?|some|several|many|few|another|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|lots|plenty)\b/
const ASKING = "please|can you|could you|now|just|i want|i'd like|how about|let's"
const VERBS = new RegExp(`^(?:(?:${ASKING})\\s+)*(?:add|draw|put|doodle|paint|place|sketch|give)\\b`)
const BOUNDS = new RegExp(
  String.raw`[,.;:!?]|\b(?:${wordsOf(`
    and with then plus also on in at above below behind beside around over under near between next to of for from
    onto across into along inside through who that which hugging wearing sitting standing holding floating flying is
    are like
  `)})\b`,
)

/** Words that name no thing: looks, sizes, colours, numbers, and what stands before "of". */
const NO_THING = new Set(
  [
    COLOUR_NAMES,
    wordsOf(`
      light dark big small little tiny large huge giant cute bright shiny soft cartoon lovely cheerful nice fun cool
      simple colourful colorful pretty thick thin bold wobbly glowing floating fluffy furry long short round magic
      happy funny old new bit lot lots bunch pair group few row couple side corner corners top bottom left right
      middle centre center front back head face place sky photo picture image it them her him me one ones two three
      four five six seven eight nine ten something anything style smile please here there everywhere
    `),
  ]
    .join('|')
    .split('|'),
)

/** What the hands draw all over the photo, and words for parts of things. */
const SET_PIECES = new RegExp(
  String.raw`\b(?:${wordsOf(`
    outlines? contours? lines? borders? aura glow ribbons? smoke petals? leaf leaves shapes? monsters? background
    backdrop stripes? dots? zigzags? checks checkerboard rays? beams? waves? grid lattice bricks? wall rings?
    confetti bubbles? swirls? spirals? strokes? discs? circles? diamonds? frames? cross moons? hats? chalk bows?
    blossoms? plants? hug
  `)})\b`,
)

let known: Map<string, string> | undefined

/** Every name of every thing, in lower case, and whose it is. */
function names(): ReadonlyMap<string, string> {
  known ??= new Map(
    THINGS.flatMap(([name, also]) =>
      [name, ...also.split('|')].filter((one) => one !== '').map((one) => [one.toLowerCase(), name] as const),
    ),
  )
  return known
}

/**
 * Reads what was typed. @param subject what is on the photo, in English, or null
 */
export function read(typed: string, subject: string | null): Reading {
  const said = typed.trim()
  if (said === '') return { kind: 'empty' }
  const text = hasHan(said) ? withEnglishColours(said) : said
  if (hasHan(text)) return fromChinese(said, subject)
  const plain = text
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[.!?\s]+$/, '')
  // The background can be painted over.
  const background = /\b(?:background|backdrop|wall)\b/.test(plain)
  const act = CANNOT.find(
    ([what, pattern]) => pattern.test(plain) && !(background && (what === 'recolour' || what === 'turn')),
  )?.[0]
  if (act !== undefined) return { kind: 'cannot', act }
  const word = unknownThing(plain)
  if (word === undefined)
    return text === said ? { kind: 'plain', english: text } : { kind: 'translated', english: text, left: [] }
  return { kind: 'unknown', english: text, word, nearest: nearest(word, names()) }
}

/** The first thing asked for that is not known. What is named with "the" is on the photo already. */
function unknownThing(text: string): string | undefined {
  for (const part of text.split(BOUNDS)) {
    const phrase = part.trim()
    const asked = VERBS.test(phrase) || DETERMINERS.test(phrase)
    if (!asked || /\b(?:the|his|her|its|their|my|your)\b/.test(phrase.replace(VERBS, '').split(DETERMINERS)[0] ?? ''))
      continue
    const words = phrase
      .replace(VERBS, '')
      .split(/\s+/)
      .map((one) => one.replace(/[^\p{L}\d'-]/gu, ''))
    if (SET_PIECES.test(phrase) || isKnown(words)) continue
    const head = words.findLast((one) => one.length > 2 && !NO_THING.has(one) && !DETERMINERS.test(one))
    if (head !== undefined) return singular(head)
  }
  return undefined
}

/** Whether a name is among the words, in the singular or the plural. */
function isKnown(words: readonly string[]): boolean {
  for (let start = 0; start < words.length; start++) {
    for (let end = start + 1; end <= Math.min(words.length, start + 4); end++)
      if (thingNamed(words.slice(start, end)) !== undefined) return true
  }
  return false
}

/** The thing that words in lower case are a name of, in the singular or the plural. */
export function thingNamed(words: readonly string[]): string | undefined {
  const last = words.at(-1) ?? ''
  const forms = [last, singular(last), `${last}s`].map((form) => [...words.slice(0, -1), form].join(' '))
  return forms.map((form) => names().get(form)).find((name) => name !== undefined)
}

function singular(word: string): string {
  if (/ies$/.test(word)) return word.replace(/ies$/, 'y')
  if (/ves$/.test(word)) return word.replace(/ves$/, 'f')
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.replace(/es$/, '')
  return /[^s]s$/.test(word) ? word.slice(0, -1) : word
}
