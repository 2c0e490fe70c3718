import '@fontsource-variable/figtree/wght.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/stage.css'
import './styles/canvas.css'
import './styles/layers.css'
import './styles/panel.css'
import './styles/overlays.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { restoreAndKeep } from './actions/autosave'
import { loadSamples, startEngine } from './actions/engine'
import { App } from './app'
import { showLanguage } from './i18n'
import { showTheme } from './theme'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
showLanguage()
showTheme()
createRoot(root).render(<StrictMode><App /></StrictMode>)

void restoreAndKeep()
void startEngine()
void loadSamples()
