import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties } from 'react'
import type { RgbaBuffer } from '../../workers/engine-api'
import { strings } from '../strings'
import { useEditor, type Outcome, type Photo } from '../store'
import { ArrowsIcon } from './icons'

/** The photo in the middle, the result over it, and while a doodle is made its preview over both. */
export function Picture({ photo }: { photo: Photo }) {
  const outcome = useEditor((state) => state.outcome)
  const running = useEditor((state) => state.running)
  const size = { '--photo-width': photo.width, '--photo-height': photo.height } as CSSProperties
  return (
    <div className="easel" style={size}>
      <figure className="picture">
        <img className="photo" src={photo.url} alt={strings.stage.photo(photo.name)} draggable={false} />
        {outcome !== null && <Comparison key={outcome.jobId} outcome={outcome} />}
        {running?.preview != null && <Preview pixels={running.preview} progress={running.steps > 0 ? running.step / running.steps : 0} />}
        {running !== null && running.preview === null && <span className="sheen" />}
      </figure>
    </div>
  )
}

/** Where the handle rests after a new result: nearly all of the doodle shows, and the handle invites. */
const RESTING_PERCENT = 7

/** Before/after: a native range input lies over the whole picture, so pointer, touch and keyboard work alike. */
function Comparison({ outcome }: { outcome: Outcome }) {
  const [percent, setPercent] = useState(RESTING_PERCENT)
  const position = { '--split': `${percent}%` } as CSSProperties
  return (
    <div className="comparison" style={position}>
      <ResultCanvas pixels={outcome.result} />
      <input
        type="range" min={0} max={100} step={1} value={percent}
        aria-label={strings.stage.compare} aria-valuetext={strings.stage.compareValue(percent)}
        onChange={(event) => setPercent(event.target.valueAsNumber)}
      />
      <span className="divider" aria-hidden="true"><span className="handle"><ArrowsIcon /></span></span>
      <span className="side before" aria-hidden="true" data-hidden={percent < 18}>{strings.stage.before}</span>
      <span className="side after" aria-hidden="true" data-hidden={percent > 82}>{strings.stage.after}</span>
    </div>
  )
}

/** Longest side drawn on screen. Larger canvases are refused by some phones; the download always has every pixel. */
const MAX_CANVAS_SIDE = 4096

function ResultCanvas({ pixels }: { pixels: RgbaBuffer }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let stale = false
    void drawOn(canvas.current, pixels, () => stale)
    return () => { stale = true }
  }, [pixels])
  return <canvas ref={canvas} className="result" role="img" aria-label={strings.stage.result} />
}

async function drawOn(canvas: HTMLCanvasElement | null, pixels: RgbaBuffer, isStale: () => boolean): Promise<void> {
  const context = canvas?.getContext('2d')
  if (canvas === null || context == null) return
  const scale = Math.min(1, MAX_CANVAS_SIDE / Math.max(pixels.width, pixels.height))
  const width = Math.max(1, Math.round(pixels.width * scale))
  const height = Math.max(1, Math.round(pixels.height * scale))
  const image = new ImageData(pixels.data, pixels.width, pixels.height)
  const bitmap = scale < 1 ? await createImageBitmap(image, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' }) : undefined
  if (isStale()) return bitmap?.close()
  canvas.width = width
  canvas.height = height
  if (bitmap === undefined) context.putImageData(image, 0, 0)
  else context.drawImage(bitmap, 0, 0)
  bitmap?.close()
}

/** A few pixels, stretched over the photo by the browser's smooth scaling; it grows clearer as the steps go. */
function Preview({ pixels, progress }: { pixels: RgbaBuffer; progress: number }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const target = canvas.current
    if (target === null) return
    target.width = pixels.width
    target.height = pixels.height
    target.getContext('2d')?.putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0)
  }, [pixels])
  return <canvas ref={canvas} className="preview" aria-hidden="true" style={{ '--progress': progress } as CSSProperties} />
}
