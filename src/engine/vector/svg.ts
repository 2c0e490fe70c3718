import type { Place } from '../image/place'
import type { VectorLayer } from './trace-layer'

interface SvgLayer {
  readonly drawing: VectorLayer
  /** 0..1 */
  readonly opacity: number
  /** The part of the photo that it is stretched over; absent: all of it. */
  readonly place?: Place
}

/**
 * Traced doodles as an SVG file, bottom to top: filled paths only, no script, no style sheet, no reference to anything
 * outside.
 * @param size width and height in pixels where the file is shown without being told a size: the photo's
 */
export function writeSvg(
  layers: readonly SvgLayer[],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const groups = layers.map(({ drawing, opacity, place }) => {
    const move = place === undefined ? '' : `translate(${short(place.left * width)} ${short(place.top * height)}) `
    const [across, down] = [width * (place?.width ?? 1), height * (place?.height ?? 1)]
    const scale = `${move}scale(${short(across / drawing.width)} ${short(down / drawing.height)})`
    const faded = opacity < 1 ? ` opacity="${short(opacity)}"` : ''
    const paths = drawing.shapes.map(({ rgb, path }) => `<path fill="${hex(rgb)}" d="${path}"/>`)
    return [`<g transform="${scale}" fill-rule="evenodd"${faded}>`, ...paths, '</g>'].join('\n')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...groups,
    '</svg>',
    '',
  ].join('\n')
}

/** #rrggbb */
function hex(rgb: readonly [number, number, number]): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

const short = (value: number): string => String(Number(value.toFixed(6)))
