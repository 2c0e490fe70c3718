import { useEffect, useId, useRef, type ReactNode, type RefObject } from 'react'
import { CloseIcon } from './icons'
import { IconButton } from './icon-button'

interface ModalProps {
  readonly dialog: RefObject<HTMLDialogElement | null>
  readonly title: string
  /** What the closing button says. */
  readonly close: string
  readonly className: string
  /** Id of what the focus goes to, where that which had it may be gone by then. */
  readonly returnTo?: string
  readonly onClosed: () => void
  readonly children: ReactNode
}

/** A dialog over the page, open as long as it is rendered. The focus goes back to where it was. */
export function Modal({ dialog, title, close, className, returnTo, onClosed, children }: ModalProps) {
  const before = useRef(document.activeElement)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [dialog])
  const closed = (): void => {
    onClosed()
    const target = returnTo === undefined ? before.current : document.getElementById(returnTo)
    if (target instanceof HTMLElement) target.focus({ preventScroll: true })
  }
  return (
    <dialog ref={dialog} className={`dialog ${className}`} aria-labelledby={id} onClose={closed}>
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <IconButton className="bare" label={close} icon={<CloseIcon />} onClick={() => dialog.current?.close()} />
      </div>
      {children}
    </dialog>
  )
}
