import type { ButtonHTMLAttributes, ReactNode } from 'react'

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'aria-label' | 'disabled'> {
  /** The button's name, also shown as its tooltip. */
  readonly label: string
  /** What it does, in the tooltip, where the name does not say enough. */
  readonly hint?: string
  readonly icon: ReactNode
  /** Cannot be pressed now. It keeps the focus, so that the keyboard does not lose its place. */
  readonly off?: boolean
  readonly 'data-saved'?: boolean
}

export function IconButton({ label, hint, icon, off = false, onClick, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      data-tip={hint === undefined ? label : `${label}: ${hint}`}
      aria-disabled={off}
      onClick={off ? undefined : onClick}
      {...rest}
    >
      {icon}
    </button>
  )
}
