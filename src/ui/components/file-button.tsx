import { useRef, type ChangeEvent, type ReactNode } from 'react'
import { PICTURE_TYPES } from '../../sw/picture-types'
import { openFiles } from '../actions/open-files'

const accept = Object.keys(PICTURE_TYPES).join(',')

/** A button that opens the file picker, or with `capture` the camera of a phone. */
export function FileButton({
  className,
  label,
  icon,
  capture = false,
}: {
  className: string
  label: string
  icon: ReactNode
  capture?: boolean
}) {
  const input = useRef<HTMLInputElement>(null)
  const picked = (event: ChangeEvent<HTMLInputElement>) => {
    const { files } = event.target
    if (files !== null) void openFiles([...files])
    // The same file picked again must count as a change.
    event.target.value = ''
  }
  return (
    <>
      <button type="button" className={className} onClick={() => input.current?.click()}>
        {icon}
        <span>{label}</span>
      </button>
      <input
        ref={input}
        type="file"
        accept={accept}
        {...(capture ? { capture: 'environment' } : {})}
        hidden
        tabIndex={-1}
        aria-label={label}
        onChange={picked}
      />
    </>
  )
}
