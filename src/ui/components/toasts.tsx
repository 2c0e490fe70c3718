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
            {action !== undefined && <button type="button" className="button small" onClick={() => { closeToast(id); action.run() }}>{action.label}</button>}
          </div>
          <button type="button" className="icon-button" aria-label={strings.toast.close} onClick={() => closeToast(id)}><CloseIcon /></button>
        </div>
      ))}
    </section>
  )
}
