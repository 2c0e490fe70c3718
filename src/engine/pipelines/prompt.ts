import type { StyleDescription } from './model-description'

/** A style's trigger word and how it enters an instruction. */
export type TriggerWords = Pick<StyleDescription, 'trigger' | 'triggerUse' | 'nouns'>

/**
 * Puts the trigger words of the styles in use where their training captions had them, unless the person already wrote
 * them:
 * "add a halo" -> "add a halo by sksmagiceffects"; "add a red monster hugging the cat" -> "add a red
 * sksmonstercalledlulu hugging the cat"; two styles -> "add a halo by sksmagiceffects and sksedgeeffect".
 * @param instruction what the person typed; blank stays blank apart from the triggers
 * @param styles those without a trigger add no words
 */
export function withTriggers(instruction: string, styles: readonly TriggerWords[]): string {
  const triggered = styles.filter(({ trigger }) => trigger !== '')
  if (triggered.length === 0) return instruction.trim()
  const nouns = triggered.filter(({ triggerUse }) => triggerUse === 'noun')
  const suffixes = triggered.filter(({ triggerUse }) => triggerUse === 'suffix')
  const typed = nouns.reduce(withNoun, instruction.trim().replace(/[\s.]+$/u, ''))
  const missing = new Set(suffixes.map(({ trigger }) => trigger).filter((trigger) => !contains(typed, trigger)))
  if (missing.size === 0) return typed
  const credited = suffixes.some(({ trigger }) => typed.toLowerCase().endsWith(`by ${trigger}`.toLowerCase()))
  return `${typed} ${credited ? 'and' : 'by'} ${[...missing].join(' and ')}`.trimStart()
}

function withNoun(text: string, { trigger, nouns }: TriggerWords): string {
  if (contains(text, trigger)) return text
  const noun = firstNoun(text, nouns)
  if (noun !== undefined) return text.slice(0, noun.start) + trigger + text.slice(noun.end)
  return text === '' ? `add a ${trigger}` : `${text} with a ${trigger}`
}

const contains = (text: string, trigger: string): boolean => text.toLowerCase().includes(trigger.toLowerCase())

function firstNoun(text: string, nouns: readonly string[]): { start: number; end: number } | undefined {
  const found = nouns
    .map((noun) =>
      new RegExp(`(?<![\\p{L}\\p{N}])${noun.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'iu').exec(
        text,
      ),
    )
    .filter((match) => match !== null)
    .sort((a, b) => a.index - b.index)[0]
  return found === undefined ? undefined : { start: found.index, end: found.index + found[0].length }
}
