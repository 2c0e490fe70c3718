import { BoxIcon } from '../components/icons'
import { strings } from '../i18n'
import { isVerbal, useEditor } from '../store'
import { dropGhosts, mayStand, useGhosts, wantGhosts } from './ghosts-store'

/** Shows where things would go before they are drawn. */
export function WhereButton() {
  const known = useEditor((state) => state.photo !== null && isVerbal(state))
  const may = useEditor(mayStand)
  const on = useGhosts((state) => state.on)
  const asking = useGhosts((state) => state.asking)
  if (!known) return null
  return (
    <button
      type="button"
      className="add-style where"
      title={asking ? strings.where.asking : strings.where.askHint}
      aria-pressed={on}
      aria-busy={asking}
      aria-disabled={!may}
      onClick={() => {
        if (may) (on ? dropGhosts : wantGhosts)()
      }}
    >
      {asking ? <span className="spinner" /> : <BoxIcon />}
      {strings.where.ask}
    </button>
  )
}
