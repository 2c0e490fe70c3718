import { create } from 'zustand'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const STORED = 'photodoodle-theme'

function stored(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(STORED)) ?? 'auto'
  } catch {
    return 'auto' // Storage is forbidden here.
  }
}

export const useTheme = create<{ readonly theme: Theme }>()(() => ({ theme: stored() }))

/** Colours are `light-dark()` pairs; the page's colour scheme picks one of each. */
export function showTheme(theme: Theme = useTheme.getState().theme): void {
  document.documentElement.style.colorScheme = theme === 'auto' ? 'light dark' : theme
}

export function setTheme(theme: Theme): void {
  showTheme(theme)
  try {
    localStorage.setItem(STORED, theme)
  } catch {
    // It holds until the page is left.
  }
  useTheme.setState({ theme })
}
