import { useEffect, useId, useRef, type ChangeEvent } from 'react'
import { openAsPhoto, openOriginal } from '../actions/photo'
import { strings } from '../i18n'
import { editor, useEditor } from '../store'

/** Shown when a picture with a recipe was opened whose photo is not at hand. */
export function RecipeDialog() {
  const waiting = useEditor((state) => state.waiting)
  const dialog = useRef<HTMLDialogElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const title = useId()
  useEffect(() => {
    if (waiting === null) dialog.current?.close()
    else if (dialog.current?.open === false) dialog.current.showModal()
  }, [waiting])
  const picked = (event: ChangeEvent<HTMLInputElement>): void => {
    const file = event.target.files?.[0]
    if (file !== undefined) void openOriginal(file)
    event.target.value = ''
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={title} onClose={() => editor.setState({ waiting: null })}>
      <h2 id={title}>{strings.recipe.title}</h2>
      {waiting !== null && <p>{strings.recipe.body(waiting.recipe.photo.name)}</p>}
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={() => input.current?.click()}>
          {strings.recipe.original}
        </button>
        <button type="button" className="button" onClick={() => void openAsPhoto()}>
          {strings.recipe.asPhoto}
        </button>
        <button type="button" className="button quiet-button" onClick={() => dialog.current?.close()}>
          {strings.recipe.cancel}
        </button>
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        tabIndex={-1}
        aria-label={strings.recipe.original}
        onChange={picked}
      />
    </dialog>
  )
}
