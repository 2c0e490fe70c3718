import { strings } from '../i18n'
import { editor, type Toast } from '../store'

let count = 0

export function closeToast(id: number): void {
  editor.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }))
}

/** Goes away by itself, after longer when there is something to press. */
export function showInfo(title: string, message = '', action?: Toast['action']): void {
  const id = ++count
  editor.setState(({ toasts }) => ({
    toasts: [
      ...toasts.slice(-2),
      { id, kind: 'info', name: 'Info', title, message, ...(action === undefined ? {} : { action }) },
    ],
  }))
  const wait = action === undefined ? 6000 : 20_000
  // Not from under the keyboard.
  const leave = (): void =>
    void (document.activeElement?.closest('.toasts') == null ? closeToast(id) : setTimeout(leave, wait))
  setTimeout(leave, wait)
}

/** Errors stay until they are closed; the same one twice is shown once. Returns its number for closeToast. */
export function showError(error: unknown): number {
  const name = error instanceof Error ? error.name : 'Error'
  const message = error instanceof Error ? error.message : String(error)
  const toast = {
    id: ++count,
    kind: 'error',
    name,
    title: strings.errors[name] ?? strings.unexpected,
    message,
  } as const
  editor.setState(({ toasts }) => ({
    toasts: [...toasts.filter((other) => other.message !== message).slice(-2), toast],
  }))
  return toast.id
}

/** Tells assistive technology; the same words twice are told twice. */
export function announce(words: string): void {
  // Live regions keep quiet when the text stays the same.
  editor.setState(({ announcement }) => ({ announcement: announcement === words ? `${words}\u00a0` : words }))
}
