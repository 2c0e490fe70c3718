import { rgbaImage, type RgbaImage } from '../engine/image/rgba-image'
import type { VectorLayer } from '../engine/vector/trace-layer'
import { newCanvas } from './pyramid'

/** Rows drawn at a time: a canvas of a whole large photo would take its memory a second time. */
const BAND = 512

/** Traced doodles kept, so that panning, saving and drawing on top do not trace again. */
const KEPT = 8

/** Outlines of doodles, traced when they are first asked for. The tracer is loaded then, too. */
export class VectorLayers {
  readonly #traced = new Map<string, Promise<VectorLayer>>()

  trace(doodle: RgbaImage): Promise<VectorLayer> {
    const key = `${doodle.width} ${doodle.height} ${checksum(doodle.data)}`
    const known = this.#traced.get(key)
    if (known !== undefined) return known
    const traced = import('../engine/vector/trace-layer').then(({ traceLayer }) => traceLayer(doodle))
    traced.catch(() => this.#traced.delete(key))
    this.#traced.set(key, traced)
    for (const old of [...this.#traced.keys()].slice(0, -KEPT)) this.#traced.delete(old)
    return traced
  }

  /** The doodle's outlines drawn at this size. */
  async render(doodle: RgbaImage, width: number, height: number): Promise<RgbaImage> {
    const drawing = await this.trace(doodle)
    const paths = drawing.shapes.map(({ rgb, path }) => ({ fill: `rgb(${rgb.join()})`, path: new Path2D(path) }))
    const layer = rgbaImage(width, height)
    const { context } = newCanvas(width, Math.min(BAND, height))
    for (let top = 0; top < height; top += BAND) {
      const rows = Math.min(BAND, height - top)
      context.setTransform(1, 0, 0, 1, 0, 0)
      context.clearRect(0, 0, width, rows)
      context.setTransform(width / drawing.width, 0, 0, height / drawing.height, 0, -top)
      for (const { fill, path } of paths) {
        context.fillStyle = fill
        context.fill(path, 'evenodd')
      }
      layer.data.set(context.getImageData(0, 0, width, rows).data, top * width * 4)
    }
    return layer
  }
}

/** FNV-1a over the samples, 32 bits at a time: tells doodles apart, nothing more. */
function checksum(data: Uint8ClampedArray): number {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length >> 2)
  let hash = 0x811c9dc5
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193)
  return hash >>> 0
}
