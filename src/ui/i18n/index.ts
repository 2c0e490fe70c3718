import { create } from 'zustand'
import { en, type Strings } from './en'
import { zh } from './zh'

export { importedExamples, styleCopy, type StyleCopy } from './en'

export const languages = { en: 'English', zh: '简体中文' } as const
export type Language = keyof typeof languages

const dictionaries: Readonly<Record<Language, Strings>> = { en, zh }
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
export let strings: Strings = dictionaries[useLanguage.getState().language]

export function setLanguage(language: Language): void {
  strings = dictionaries[language]
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
