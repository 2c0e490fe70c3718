import { useEffect } from 'react'
import { doodle } from './actions'
import { DropAnywhere } from './components/drop-anywhere'
import { Header } from './components/header'
import { Panel } from './components/panel'
import { Stage } from './components/stage'
import { Toasts } from './components/toasts'
import { useEditor } from './store'

export function App() {
  const announcement = useEditor((state) => state.announcement)
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      void doodle()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
  return (
    <>
      <Header />
      <div className="editor">
        <Stage />
        <Panel />
      </div>
      <DropAnywhere />
      <Toasts />
      <p className="visually-hidden" role="status" aria-live="polite">{announcement}</p>
    </>
  )
}
