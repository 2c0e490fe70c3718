import '@fontsource-variable/figtree/wght.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/stage.css'
import './styles/canvas.css'
import './styles/layers.css'
import './styles/panel.css'
import './styles/overlays.css'
import './styles/sheet.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadSamples, startEngine } from './actions/engine'
import { followShortcut, takeLaunched } from './actions/launch'
import { openFiles } from './actions/open-files'
import { restoreAndKeep } from './actions/projects'
import { showError } from './actions/toasts'
import { App } from './app'
import { showLanguage } from './i18n'
import { followLayout } from './sheet/layout'
import { showTheme } from './theme'
import { trustOwnScripts } from '../workers/trusted-scripts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
trustOwnScripts()
showLanguage()
showTheme()
followLayout()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)

// What the app was opened for comes after what was open in it, or that would come back over it.
const restored = restoreAndKeep().catch(showError)
const started = startEngine()
void Promise.all([loadSamples(), restored]).then(followShortcut)
// Behind the first load, whose files it finds in the browser's cache; at once where isolation, and so threads, wait for
// it. Without a network there is nothing to keep yet.
void (crossOriginIsolated ? started : Promise.resolve())
  .then(() => import('./actions/offline'))
  .then(
    ({ keepOffline }) => keepOffline(),
    () => undefined,
  )
takeLaunched((files) => restored.then(() => openFiles(files)))
