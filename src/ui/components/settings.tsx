import { useId } from 'react'
import { languages, setLanguage, strings, useLanguage, type Language } from '../i18n'
import { setTheme, themes, useTheme, type Theme } from '../theme'
import { editor } from '../store'
import { SettingsIcon } from './icons'

export function Settings() {
  const [language, theme] = [useId(), useId()]
  const chosenLanguage = useLanguage((state) => state.language)
  const chosenTheme = useTheme((state) => state.theme)
  return (
    <div className="settings">
      <button
        type="button"
        className="icon-button bare"
        aria-label={strings.settings.title}
        data-tip={strings.settings.title}
        popoverTarget="settings-menu"
      >
        <SettingsIcon />
      </button>
      <section id="settings-menu" className="popover narrow" popover="auto" aria-label={strings.settings.title}>
        <div className="setting">
          <label htmlFor={language}>{strings.settings.language}</label>
          <select
            id={language}
            value={chosenLanguage}
            onChange={(event) => void setLanguage(event.target.value as Language)}
          >
            {Object.entries(languages).map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div className="setting">
          <label htmlFor={theme}>{strings.settings.theme}</label>
          <select id={theme} value={chosenTheme} onChange={(event) => setTheme(event.target.value as Theme)}>
            {themes.map((id) => (
              <option key={id} value={id}>
                {strings.settings[id]}
              </option>
            ))}
          </select>
        </div>
        <button type="button" className="button small" onClick={help}>
          {strings.settings.shortcuts}
        </button>
      </section>
    </div>
  )
}

/** The menu closes; its button is where the focus comes back to. */
function help(): void {
  document.getElementById('settings-menu')?.hidePopover()
  document.querySelector<HTMLElement>('[popovertarget="settings-menu"]')?.focus()
  editor.setState({ helping: true })
}
