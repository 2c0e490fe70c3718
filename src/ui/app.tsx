import { lazy, Suspense, useEffect } from 'react'
import { cancel, doodle } from './actions/doodle'
import { redo, undo } from './actions/layers'
import { letGo } from './actions/objects'
import { DropAnywhere } from './components/drop-anywhere'
import { Header } from './components/header'
import { Panel } from './components/panel'
import { RecipeDialog } from './components/recipe-dialog'
import { Stage } from './components/stage'
import { Toasts } from './components/toasts'
import { dropGhosts } from './ghosts/ghosts-store'
import { strings, useLanguage } from './i18n'
import { Sheet } from './sheet/sheet'
import { editor, heldLayer, useEditor, type EditorState } from './store'

// Few open it, so its code comes when it is opened.
const ModelManager = lazy(() => import('./models/model-manager'))
const ProjectGallery = lazy(() => import('./projects/project-gallery'))
const Shortcuts = lazy(() => import('./components/shortcuts'))
// It comes with the first doodle.
const Layers = lazy(() => import('./layers/layers'))

/** Shortcuts that work everywhere; all of them need Control or Command, but Escape. */
function shortcut({ key, ctrlKey, metaKey, shiftKey, target }: KeyboardEvent): (() => void) | undefined {
  // Escape closes an open menu first.
  if (key === 'Escape') {
    if (document.querySelector(':popover-open, dialog[open]') !== null) return undefined
    const state = editor.getState()
    if (state.running !== null) return cancel
    return heldLayer(state) === undefined ? dropGhosts : letGo
  }
  // Characters do something on the canvas only, or where nothing has the focus (WCAG 2.1.4).
  const free = target === document.body || (target instanceof Element && target.closest('.canvas-host') !== null)
  if (key === '?' && free) return () => editor.setState({ helping: true })
  if (!ctrlKey && !metaKey) return undefined
  if (key === 'Enter') return () => void doodle()
  // In a text box undo is the text's.
  if (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && target.type !== 'range' && target.type !== 'radio')
  )
    return undefined
  if (key.toLowerCase() === 'z') return shiftKey ? redo : undo
  return key.toLowerCase() === 'y' ? redo : undefined
}

export function App() {
  // Everything below reads `strings`; nothing is memoised, so that a change of language draws all of it anew.
  useLanguage()
  const tab = useEditor((state) => state.tab)
  const setTab = (next: EditorState['tab']) => editor.setState({ tab: next })
  const announcement = useEditor((state) => state.announcement)
  const count = useEditor((state) => state.history.present.layers.length)
  const managing = useEditor((state) => state.manager !== null)
  const helping = useEditor((state) => state.helping)
  const browsing = useEditor((state) => state.gallery !== null)
  const empty = useEditor((state) => state.photo === null)
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const act = shortcut(event)
      if (act === undefined) return
      if (event.key !== 'Escape') event.preventDefault()
      act()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
  return (
    <>
      <Header />
      <div className="editor" data-tab={tab} data-layers={count > 0} data-empty={empty}>
        <Stage />
        <Sheet>
          {count > 0 && (
            <div className="tabs" role="group" aria-label={strings.layers.panelTabs}>
              <button type="button" aria-pressed={tab === 'draw'} onClick={() => setTab('draw')}>
                {strings.layers.tabDoodle}
              </button>
              <button type="button" aria-pressed={tab === 'layers'} onClick={() => setTab('layers')}>
                {strings.layers.tabLayers(count)}
              </button>
            </div>
          )}
          {count > 0 && (
            <Suspense>
              <Layers />
            </Suspense>
          )}
          <Panel />
        </Sheet>
      </div>
      <DropAnywhere />
      <RecipeDialog />
      {browsing && (
        <Suspense>
          <ProjectGallery />
        </Suspense>
      )}
      {helping && (
        <Suspense>
          <Shortcuts />
        </Suspense>
      )}
      {managing && (
        <Suspense>
          <ModelManager />
        </Suspense>
      )}
      <Toasts />
      <p className="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </p>
    </>
  )
}
