import '@fontsource-variable/figtree/wght.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/stage.css'
import './styles/panel.css'
import './styles/overlays.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadSamples, startEngine } from './actions'
import { App } from './app'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(<StrictMode><App /></StrictMode>)

void startEngine()
void loadSamples()
