import { useId } from 'react'
import { strings } from '../i18n'
import type { Photo } from '../store'
import {
  dotsPerInch,
  FRAMED,
  formatOf,
  frameSize,
  PAPERS,
  printedSize,
  PRINT_DPI,
  type OutputChoice,
  type Paper,
} from './output'

interface OptionsProps {
  readonly choice: OutputChoice
  readonly photo: Photo
  readonly hasDoodle: boolean
  readonly onChange: (choice: OutputChoice) => void
}

const formats = ['png', 'jpeg', 'webp'] as const

/** What can be chosen of one way out, and what has to be known of it. */
export function OutputOptions({ choice, photo, hasDoodle, onChange }: OptionsProps) {
  const { way, fill, border } = choice
  const words = strings.export
  const set = (change: Partial<OutputChoice>): void => onChange({ ...choice, ...change })
  return (
    <div className="save-options">
      {way === 'print' && <PaperChoice choice={choice} photo={photo} onChange={onChange} />}
      {FRAMED.includes(way) && (
        <Chips
          name="fill"
          label={words.frame}
          value={fill ? 'fill' : 'fit'}
          options={[
            ['fill', words.fill],
            ['fit', words.fit],
          ]}
          onChange={(value) => set({ fill: value === 'fill' })}
        />
      )}
      {way === 'sticker' && (
        <label className="check">
          <input type="checkbox" checked={border} onChange={(event) => set({ border: event.target.checked })} />
          <span>{words.border}</span>
        </label>
      )}
      {(way === 'picture' || FRAMED.includes(way)) && (
        <Chips
          name="format"
          label={words.format}
          value={formatOf(choice)}
          options={formats.map((format) => [format, words.formats[format]])}
          onChange={(value) => set({ format: formats.find((one) => one === value) ?? null })}
        />
      )}
      <Quality choice={choice} onChange={onChange} />
      <About choice={choice} photo={photo} hasDoodle={hasDoodle} />
    </div>
  )
}

/** A row of alternatives, of which one holds. */
function Chips({
  name,
  label,
  value,
  options,
  onChange,
}: {
  name: string
  label: string
  value: string
  options: readonly (readonly [value: string, label: string])[]
  onChange: (value: string) => void
}) {
  return (
    <fieldset className="chip-row">
      <legend>{label}</legend>
      {options.map(([one, text]) => (
        <label key={one}>
          <input type="radio" name={name} value={one} checked={value === one} onChange={() => onChange(one)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  )
}

function PaperChoice({ choice, photo, onChange }: Omit<OptionsProps, 'hasDoodle'>) {
  const frame = frameSize(choice, photo)
  const dpi = frame === undefined ? PRINT_DPI : dotsPerInch(photo, frame, choice.fill)
  const words = strings.export
  return (
    <>
      <Chips
        name="paper"
        label={words.paper}
        value={choice.paper}
        options={Object.entries(PAPERS).map(([paper, [short, long]]) => [paper, words.cm(short, long)])}
        onChange={(paper) => onChange({ ...choice, paper: paper as Paper })}
      />
      {dpi < PRINT_DPI && (
        <p className="warning" role="status">
          {words.coarse(dpi, PRINT_DPI)}
        </p>
      )}
    </>
  )
}

function Quality({ choice, onChange }: Pick<OptionsProps, 'choice' | 'onChange'>) {
  const slider = useId()
  const format = formatOf(choice)
  if (format === 'png' || format === 'svg') return null
  const percent = Math.round(choice.quality * 100)
  return (
    <div className="field compact">
      <label htmlFor={slider}>{strings.export.quality}</label>
      <input
        id={slider}
        type="range"
        min={40}
        max={100}
        step={1}
        value={percent}
        onChange={(event) => onChange({ ...choice, quality: event.target.valueAsNumber / 100 })}
      />
      <output htmlFor={slider}>{percent}</output>
    </div>
  )
}

/** Its size, on the screen and in print, and what it holds. */
function About({ choice, photo, hasDoodle }: Omit<OptionsProps, 'onChange'>) {
  const { way } = choice
  const words = strings.export
  const size = frameSize(choice, photo) ?? photo
  const printed = printedSize(size)
  const sized = way !== 'sticker' && way !== 'svg'
  return (
    <>
      {sized && <p className="quiet">{words.size(size.width, size.height)}</p>}
      {sized && <p className="quiet">{words.printed(printed.width, printed.height, PRINT_DPI)}</p>}
      <p className="quiet">{words.about[way]}</p>
      {way === 'picture' && formatOf(choice) === 'png' && hasDoodle && <p className="quiet">{words.recipe}</p>}
    </>
  )
}
