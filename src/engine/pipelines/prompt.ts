import type { StyleDescription } from './model-description'

/**
 * Puts a style's trigger word where its training captions had it, unless the person already wrote it:
 * "add a halo" -> "add a halo by sksmagiceffects"; "add a red monster hugging the cat" -> "add a red
 * sksmonstercalledlulu hugging the cat".
 * @param instruction what the person typed; blank stays blank apart from the trigger
 */
export function withTrigger(instruction: string, style: StyleDescription): string {
  const typed = instruction.trim().replace(/[\s.]+$/u, '')
  if (typed.toLowerCase().includes(style.trigger.toLowerCase())) return typed
  if (style.triggerUse === 'suffix') return typed === '' ? `by ${style.trigger}` : `${typed} by ${style.trigger}`
  const noun = firstNoun(typed, style.nouns)
  if (noun !== undefined) return typed.slice(0, noun.start) + style.trigger + typed.slice(noun.end)
  return typed === '' ? `add a ${style.trigger}` : `${typed} with a ${style.trigger}`
}

function firstNoun(text: string, nouns: readonly string[]): { start: number; end: number } | undefined {
  const found = nouns
    .map((noun) => new RegExp(`(?<![\\p{L}\\p{N}])${noun.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'iu').exec(text))
    .filter((match) => match !== null)
    .sort((a, b) => a.index - b.index)[0]
  return found === undefined ? undefined : { start: found.index, end: found.index + found[0].length }
}
