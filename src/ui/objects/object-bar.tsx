import { drawElsewhere, reroll } from '../actions/doodle'
import { duplicate, isBehind, letGo, mirror, nudge, toggleDepth } from '../actions/objects'
import { chooseTool } from '../canvas/use-canvas-keys'
import { IconButton } from '../components/icon-button'
import {
  AgainIcon,
  BackIcon,
  CheckIcon,
  CopyIcon,
  DiceIcon,
  FlipIcon,
  SubjectIcon,
  TrashIcon,
  TurnIcon,
} from '../components/icons'
import { strings } from '../i18n'
import { recipeHere } from '../project/objects'
import { heldLayer, useEditor } from '../store'
import { removeHeld } from './object-buttons'

/** What can be done with the object in hand, above the tools. */
export function ObjectBar() {
  const layer = useEditor(heldLayer)
  const photo = useEditor((state) => state.photo)
  const subject = useEditor((state) => state.matte !== null)
  if (layer === undefined) return null
  const behind = isBehind(layer)
  const words = strings.objects
  return (
    <div className="bar-group object-bar" role="group" aria-label={words.bar(layer.recipe.instruction)}>
      <IconButton label={words.flip} icon={<FlipIcon />} onClick={() => mirror(layer)} />
      <IconButton label={words.turn} icon={<TurnIcon />} onClick={() => nudge({ turn: 15 })} />
      <IconButton
        label={words.behind}
        icon={<BackIcon />}
        off={!subject}
        aria-pressed={behind}
        onClick={() => toggleDepth(layer)}
      />
      <IconButton
        label={strings.canvas.subject}
        hint={strings.canvas.subjectHint}
        icon={<SubjectIcon />}
        off={!subject}
        onClick={() => chooseTool('pick')}
      />
      <IconButton label={words.duplicate} icon={<CopyIcon />} onClick={() => duplicate(layer)} />
      <IconButton label={words.redo} icon={<AgainIcon />} onClick={() => void reroll(layer)} />
      <IconButton
        label={words.elsewhere}
        hint={words.elsewhereHint}
        icon={<DiceIcon />}
        off={photo === null || recipeHere(layer, photo) === undefined}
        onClick={() => void drawElsewhere(layer)}
      />
      <IconButton label={strings.layers.delete} icon={<TrashIcon />} onClick={() => removeHeld(layer)} />
      <IconButton label={words.done} icon={<CheckIcon />} onClick={finish} />
    </div>
  )
}

/** The bar goes; the keyboard goes on at the canvas. */
function finish(): void {
  letGo()
  document.querySelector<HTMLElement>('.canvas-host')?.focus({ preventScroll: true })
}
