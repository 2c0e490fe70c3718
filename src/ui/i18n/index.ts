import { create } from 'zustand'
import { FIRST_DOODLE } from '../first-doodle'
import type { Dictionary } from './dictionary'
import { en, importedExamplesEn, styleCopyEn, type StyleCopy, type Strings } from './en'
import type { SliderName } from '../../workers/engine-api'
import { settingWords } from './settings'

export type { StyleCopy } from './en'

export const languages = { en: 'English', zh: '简体中文' } as const
export type Language = keyof typeof languages

const english: Dictionary = {
  strings: en,
  styles: styleCopyEn,
  imported: { examples: importedExamplesEn },
  subjects: {},
}

/** Whoever reads English loads no Chinese. */
const dictionaryOf = async (language: Language): Promise<Dictionary> =>
  language === 'zh' ? (await import('./chinese')).chinese : english

const STORED = 'photodoodle-language'

/** What was chosen here before, or else the browser's first language that we speak. */
function preferred(): Language {
  const wanted = [stored(), ...(globalThis.navigator?.languages ?? [])]
  const known = wanted.map((tag) => tag?.toLowerCase().split('-')[0])
  return known.find((tag): tag is Language => tag !== undefined && tag in languages) ?? 'en'
}

function stored(): string | null {
  try {
    return globalThis.localStorage?.getItem(STORED) ?? null
  } catch {
    return null // Storage is forbidden here.
  }
}

export const useLanguage = create<{ readonly language: Language }>()(() => ({ language: preferred() }))

/** The words of the chosen language; the app is drawn anew when it changes. */
let dictionary = await dictionaryOf(useLanguage.getState().language)
export let strings: Strings = dictionary.strings

/** What the cards say about the model's own styles, by id. */
export let styleCopy: Readonly<Record<string, StyleCopy>> = dictionary.styles

/** What the panel says of a setting. */
export const settingCopy = (name: SliderName | 'seed') => settingWords[name][useLanguage.getState().language]

/** An idea for the instruction: what the model is told, in English, and what the screen says. */
export interface Idea {
  readonly say: string
  readonly shown: string
}

/**
 * Ideas that fit a style, the first doodle's own first. @param subject what is on the photo, in English; null where it
 * is not known
 */
export function ideasFor(styleId: string | null, subject: string | null): readonly Idea[] {
  const { examples, shown = examples } = dictionary.styles[styleId ?? ''] ?? dictionary.imported
  const ideas = examples.map((say, i) => ({ say, shown: shown[i] ?? say }))
  const { style, instruction: say, shown: first } = FIRST_DOODLE
  const local = { say, shown: useLanguage.getState().language === 'zh' ? first.zh : say }
  const ordered = styleId === style ? [local, ...ideas.filter((idea) => idea.say !== say)] : ideas
  const own = subject === null ? null : (dictionary.subjects[subject] ?? subject)
  const known = dictionary.subjects['subject'] ?? 'subject'
  return ordered.map((idea) => ({ say: about(idea.say, subject, 'subject'), shown: about(idea.shown, own, known) }))
}

function about(template: string, subject: string | null, anybody: string): string {
  const kept = template.replaceAll(/\[([^\]]*)\]/g, subject === null ? '' : '$1')
  return kept.replaceAll('{subject}', subject ?? anybody).trim()
}

export async function setLanguage(language: Language): Promise<void> {
  dictionary = await dictionaryOf(language)
  strings = dictionary.strings
  styleCopy = dictionary.styles
  showLanguage(language)
  try {
    localStorage.setItem(STORED, language)
  } catch {
    // It holds until the page is left.
  }
  useLanguage.setState({ language })
}

/** Tells browsers and screen readers. */
export function showLanguage(language: Language = useLanguage.getState().language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language
}
