import type { Rgb } from '../../workers/engine-api'
import { COLOURS, STYLE_COLOURS } from './colours'

/** A colour that words name; RGB, 0..255. */
export interface Named {
  readonly name: string
  readonly rgb: Rgb
}

/** A colour said anew. Without `from` none was said before. */
export interface ColourChange {
  readonly from?: Named
  readonly to: Named
}

const NAMES = new Map(
  COLOURS.flatMap(([name, also]) => [name, ...also.split('|')].map((one): readonly [string, string] => [one, name])),
)
NAMES.delete('')

/** Shares of white or black that are mixed in. */
const TONES: Readonly<Record<string, readonly [grey: number, share: number]>> = {
  light: [255, 0.45],
  pale: [255, 0.55],
  bright: [255, 0.1],
  dark: [0, 0.4],
  deep: [0, 0.3],
}

/** Say nothing about what is to be drawn: "a red hat", "an orange hat", "an orange-coloured hat". */
const NOTHING = /^(?:an?|colou?red|in|colou?r)$/

/**
 * Which colours an instruction names instead of others, where nothing else of it was changed: colours at the same place
 * among the other words are the same one said anew. None for other things, or a colour that is only left out.
 * @param styleId what it is drawn in, since a style has its own crayons
 */
export function colourChanges(before: string, after: string, styleId: string | undefined): readonly ColourChange[] {
  const [old, now] = [split(before, styleId), split(after, styleId)]
  if (old.others.join(' ') !== now.others.join(' ')) return []
  const changes: ColourChange[] = []
  for (const [place, colours] of now.colours) {
    const were = old.colours.get(place) ?? []
    for (const [i, to] of colours.entries()) {
      const from = were[i]
      if (from?.name === to.name) continue
      changes.push(from === undefined ? { to } : { from, to })
    }
  }
  // One colour can be said to be that of all of it.
  const added = changes.filter(({ from }) => from === undefined)
  return added.length === 0 ? changes : changes.length === 1 && old.colours.size === 0 ? added : []
}

interface Said {
  /** All words but colours, in lower case. */
  readonly others: readonly string[]
  /** Colours by how many of those come before them. */
  readonly colours: ReadonlyMap<number, readonly Named[]>
}

function split(text: string, styleId: string | undefined): Said {
  const words = text.toLowerCase().match(/[\p{L}\d']+/gu) ?? []
  const others: string[] = []
  const colours = new Map<number, Named[]>()
  for (let at = 0; at < words.length;) {
    const [colour, length] = colourAt(words, at, styleId)
    if (colour !== undefined) colours.set(others.length, [...(colours.get(others.length) ?? []), colour])
    else if (!NOTHING.test(words[at] ?? '')) others.push(words[at] ?? '')
    at += length
  }
  return { others, colours }
}

/** The colour that begins at a word, and how many words it has. */
function colourAt(words: readonly string[], at: number, styleId = ''): [colour: Named | undefined, length: number] {
  const [first = '', second = ''] = words.slice(at, at + 2)
  const both = rgbOf(`${first} ${second}`, styleId)
  if (both !== undefined) return [both, 2]
  const [grey, share] = TONES[first] ?? [0, 0]
  const toned = share === 0 ? undefined : rgbOf(second, styleId)
  if (toned !== undefined) {
    const mixed = (value: number): number => Math.round(value + share * (grey - value))
    const [r, g, b] = toned.rgb
    return [{ name: `${first} ${toned.name}`, rgb: [mixed(r), mixed(g), mixed(b)] }, 2]
  }
  return [rgbOf(first, styleId), 1]
}

function rgbOf(said: string, styleId: string): Named | undefined {
  const name = NAMES.get(said)
  const rgb = COLOURS.find(([one]) => one === name)?.[3]
  return name === undefined || rgb === undefined ? undefined : { name, rgb: STYLE_COLOURS[styleId]?.[name] ?? rgb }
}
