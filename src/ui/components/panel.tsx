import { lazy, Suspense, useId, useRef, type ChangeEvent } from 'react'
import { flushSync } from 'react-dom'
import { deleteStyle } from '../actions/engine'
import { stopEditing } from '../actions/layers'
import { openFiles } from '../actions/open-files'
import { WhereButton } from '../ghosts/where-button'
import { strings, styleCopy } from '../i18n'
import { editor, ideas, instructionOf, isVerbal, useEditor } from '../store'
import type { StyleInfo } from '../../workers/engine-api'
import { DoodleControls } from './doodle-controls'
import { useLayout } from '../sheet/layout'
import { CloseIcon, PlusIcon, TrashIcon } from './icons'
import { MoreOptions } from './more-options'
import { Swatch } from './swatches'

// With its vocabulary it comes when something is typed.
const WordsNote = lazy(() => import('../words/words-note'))

/** Right of the screen: style, words, Doodle. */
export function Panel() {
  const readOnly = useEditor((state) => state.readOnly)
  const wide = useLayout(({ layout }) => layout === 'wide')
  const style = <StylePicker key="style" />
  const words = <Instruction key="words" />
  return (
    <aside className="panel" aria-label={strings.layers.tabDoodle} inert={readOnly}>
      <div className="panel-scroll">
        <Editing />
        {/* Keyed, so that what is typed into stays when the page is turned or enlarged. */}
        {wide ? [style, words] : [words, style]}
        <MoreOptions />
      </div>
      <DoodleControls />
    </aside>
  )
}

/** Says that the panel shows a layer's recipe, not a new one. */
function Editing() {
  const layer = useEditor((state) => state.history.present.layers.find(({ id }) => id === state.editingId))
  if (layer === undefined) return null
  return (
    <p className="editing">
      <span>{strings.panel.editing(layer.recipe.instruction)}</span>
      <button
        type="button"
        className="icon-button bare"
        aria-label={strings.panel.stopEditing}
        data-tip={strings.panel.stopEditing}
        onClick={stopAndStay}
      >
        <CloseIcon />
      </button>
    </p>
  )
}

/** The note goes with its button; the keyboard goes on at the words. */
function stopAndStay(): void {
  flushSync(stopEditing)
  document.getElementById('instruction')?.focus()
}

const placeholders: readonly StyleInfo[] = Object.entries(styleCopy).map(([id, { label }]) => ({
  id,
  name: label,
  trigger: '',
  imported: false,
  storedBytes: null,
}))

function StylePicker() {
  const title = useId()
  const known = useEditor((state) => state.styles)
  const styleId = useEditor((state) => state.styleId)
  // The cards stand from the first moment; the model's own list replaces them as soon as it is read.
  const styles = known.length > 0 ? known : placeholders
  return (
    <section className="styles">
      <div className="styles-head">
        <h2 id={title}>{strings.panel.style}</h2>
        <AddStyle />
      </div>
      <div className="style-grid" role="radiogroup" aria-labelledby={title}>
        {styles.map((style) => (
          <StyleCard key={style.id} style={style} selected={style.id === styleId} />
        ))}
      </div>
    </section>
  )
}

function StyleCard({ style, selected }: { style: StyleInfo; selected: boolean }) {
  const copy = style.imported ? undefined : styleCopy[style.id]
  const label = copy?.label ?? style.name
  const tagline = copy?.tagline ?? strings.panel.importedStyle(style.trigger)
  return (
    <div className="style-card">
      <label title={tagline}>
        <input
          type="radio"
          name="style"
          value={style.id}
          checked={selected}
          onChange={() => editor.setState({ styleId: style.id })}
        />
        <span className="swatch">
          <Swatch id={style.id} name={style.name} pictured={copy !== undefined} />
        </span>
        <span className="style-name">{label}</span>
        <span className="visually-hidden">{tagline}</span>
      </label>
      {style.imported && (
        <button
          type="button"
          className="delete"
          aria-label={strings.panel.deleteStyle(style.name)}
          onClick={() => void deleteStyle(style.id)}
        >
          <TrashIcon />
        </button>
      )}
    </div>
  )
}

function AddStyle() {
  const input = useRef<HTMLInputElement>(null)
  const importing = useEditor((state) => state.importing)
  const picked = (event: ChangeEvent<HTMLInputElement>) => {
    if (event.target.files !== null) void openFiles([...event.target.files])
    event.target.value = ''
  }
  return (
    <>
      <button
        type="button"
        className="add-style"
        title={strings.panel.addStyleHint}
        disabled={importing}
        onClick={() => input.current?.click()}
      >
        {importing ? <span className="spinner" /> : <PlusIcon />}
        {strings.panel.addStyle}
      </button>
      <input
        ref={input}
        type="file"
        accept=".safetensors,.sft,.json"
        multiple
        hidden
        tabIndex={-1}
        aria-label={strings.panel.addStyleHint}
        onChange={picked}
      />
    </>
  )
}

function Instruction() {
  const id = 'instruction'
  const typed = useEditor((state) => state.typed)
  const styleId = useEditor((state) => state.styleId)
  const photo = useEditor((state) => state.photo)
  const choices = ideas({ styleId, photo })
  const instruction = instructionOf({ typed, styleId, photo })
  const note = useEditor((state) => state.typed !== null && isVerbal(state))
  return (
    <section className="instruction">
      <div className="styles-head">
        <label htmlFor={id}>{strings.panel.instruction}</label>
        <WhereButton />
      </div>
      <textarea
        id={id}
        rows={3}
        maxLength={2000}
        value={instruction}
        placeholder={strings.panel.placeholder}
        spellCheck
        aria-describedby={note ? 'words-note' : undefined}
        onChange={(event) => editor.setState({ typed: event.target.value })}
      />
      {note && (
        <Suspense>
          <WordsNote id="words-note" instruction={instruction} />
        </Suspense>
      )}
      <div className="chips" role="group" aria-label={strings.panel.examples}>
        {choices.map(({ say, shown }, index) => (
          // The first idea is the one that follows the style.
          <button
            type="button"
            className="chip"
            key={say}
            title={say}
            aria-pressed={say === instruction}
            onClick={() => editor.setState({ typed: index === 0 ? null : say })}
          >
            {shown}
          </button>
        ))}
      </div>
    </section>
  )
}
