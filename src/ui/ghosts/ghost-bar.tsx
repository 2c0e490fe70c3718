import { announce } from '../actions/toasts'
import { IconButton } from '../components/icon-button'
import { BackIcon, CloseIcon, CopyIcon, TrashIcon } from '../components/icons'
import { strings } from '../i18n'
import { useEditor } from '../store'
import { focusGhost, oneMore, removeGhost, toggleGhostDepth } from './changing'
import { dropGhosts, mayStand, useGhosts } from './ghosts-store'

/** What can be done with the boxes, above the tools. */
export function GhostBar() {
  const may = useEditor(mayStand)
  const ghosts = useGhosts((state) => state.ghosts)
  const subject = useEditor((state) => state.matte !== null)
  const selected = useGhosts(({ ghosts: all, selectedId }) => all.find(({ id }) => id === selectedId))
  if (!may || ghosts.length === 0) return null
  const words = strings.where
  return (
    <div className="bar-group object-bar" role="group" aria-label={words.bar}>
      <IconButton
        label={words.more}
        hint={words.moreHint}
        icon={<CopyIcon />}
        off={selected === undefined}
        onClick={() => {
          if (selected !== undefined) oneMore(selected)
        }}
      />
      <IconButton
        label={strings.objects.behind}
        icon={<BackIcon />}
        off={!subject || selected === undefined || selected.kind === 'whole'}
        aria-pressed={selected?.kind === 'behind'}
        onClick={() => {
          if (selected !== undefined) toggleGhostDepth(selected)
        }}
      />
      <IconButton
        label={words.remove}
        icon={<TrashIcon />}
        off={selected === undefined}
        onClick={() => {
          if (selected !== undefined) removeGhost(selected.id)
        }}
      />
      <IconButton label={words.drop} icon={<CloseIcon />} onClick={drop} />
    </div>
  )
}

/** The bar goes; the keyboard goes on at the canvas. */
function drop(): void {
  dropGhosts()
  announce(strings.where.dropped)
  focusGhost(undefined)
}
