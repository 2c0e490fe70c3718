import { flushSync } from 'react-dom'
import { closeToast } from '../actions/toasts'
import { strings } from '../i18n'
import { useEditor } from '../store'
import { AlertIcon, CloseIcon } from './icons'

export function Toasts() {
  const toasts = useEditor((state) => state.toasts)
  return (
    <section className="toasts" aria-label={strings.toast.region}>
      {toasts.map(({ id, kind, name, title, message, action }) => (
        <div key={id} className="toast" role={kind === 'error' ? 'alert' : 'status'} data-kind={kind} data-error={name}>
          <AlertIcon />
          <div>
            <strong>{title}</strong>
            {message !== '' && <p>{message}</p>}
            {action !== undefined && (
              <button
                type="button"
                className="button small"
                onClick={() => {
                  close(id)
                  action.run()
                }}
              >
                {action.label}
              </button>
            )}
          </div>
          <button type="button" className="icon-button" aria-label={strings.toast.close} onClick={() => close(id)}>
            <CloseIcon />
          </button>
        </div>
      ))}
    </section>
  )
}

/** The button goes with its message; the focus goes on to the next message, or back to the canvas. */
function close(id: number): void {
  flushSync(() => closeToast(id))
  const next =
    document.querySelector<HTMLElement>('.toast button') ??
    document.querySelector<HTMLElement>('.canvas-host, .welcome button')
  next?.focus({ preventScroll: true })
}
