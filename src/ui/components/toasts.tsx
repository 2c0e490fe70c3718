import { closeToast } from '../actions'
import { strings } from '../strings'
import { useEditor } from '../store'
import { AlertIcon, CloseIcon } from './icons'

export function Toasts() {
  const toasts = useEditor((state) => state.toasts)
  return (
    <section className="toasts" aria-label={strings.toast.region}>
      {toasts.map(({ id, kind, name, title, message }) => (
        <div key={id} className="toast" role={kind === 'error' ? 'alert' : 'status'} data-kind={kind} data-error={name}>
          <AlertIcon />
          <div>
            <strong>{title}</strong>
            {message !== '' && <p>{message}</p>}
          </div>
          <button type="button" className="icon-button" aria-label={strings.toast.close} onClick={() => closeToast(id)}><CloseIcon /></button>
        </div>
      ))}
    </section>
  )
}
