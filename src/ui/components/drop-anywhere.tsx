import { useEffect, useState } from 'react'
import { droppedFiles, pasteMeans } from '../actions/brought'
import { openBrought, openFiles } from '../actions/open-files'
import { showInfo } from '../actions/toasts'
import { strings } from '../i18n'

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

/** The whole window takes dropped and pasted files. */
export function DropAnywhere() {
  const [hovering, setHovering] = useState(false)
  useEffect(() => {
    const listeners = new AbortController()
    const { signal } = listeners
    window.addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setHovering(true)
      },
      { signal },
    )
    // relatedTarget is null only when the pointer leaves the window, not when it passes from one element to the next.
    window.addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) setHovering(false)
      },
      { signal },
    )
    window.addEventListener(
      'drop',
      (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setHovering(false)
        if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then(openBrought)
      },
      { signal },
    )
    window.addEventListener(
      'paste',
      (event) => {
        const { clipboardData } = event
        if (clipboardData === null) return
        const meaning = pasteMeans(clipboardData, document.activeElement)
        const files = [...clipboardData.files]
        if (meaning === 'photo') void openFiles(files)
        else if (meaning === 'ask')
          showInfo(strings.stage.pasted, strings.stage.pastedHint, {
            label: strings.stage.pastedOpen,
            run: () => void openFiles(files),
          })
      },
      { signal },
    )
    return () => listeners.abort()
  }, [])
  if (!hovering) return null
  return (
    <div className="drop-anywhere">
      <p>
        <strong>{strings.stage.drop}</strong>
        <span>{strings.stage.dropHint}</span>
      </p>
    </div>
  )
}
