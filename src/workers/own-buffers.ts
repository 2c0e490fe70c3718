import { transfer } from 'comlink'
import type { Element } from '../engine/image/element'
import type { RgbaImage } from '../engine/image/rgba-image'
import type { EditProgress as PipelineProgress } from '../engine/pipelines/photo-doodle'
import type { CheckpointBuffer, EditProgress, ElementBuffer, RgbaBuffer } from './engine-api'

/** Tells the screen, its buffers handed over. */
export function report(
  { preview, phase, ...rest }: PipelineProgress,
  onProgress: (progress: EditProgress) => void,
  checkpoint?: CheckpointBuffer,
): void {
  if (phase === 'composite') return
  const pixels = preview && ownBuffer(preview)
  const progress: EditProgress = {
    ...rest,
    phase,
    ...(pixels && { preview: pixels }),
    ...(checkpoint && { checkpoint }),
  }
  onProgress(
    transfer(
      progress,
      [pixels?.data.buffer, checkpoint?.latents.data.buffer].filter((one) => one !== undefined),
    ),
  )
}

/**
 * Pixels whose buffer can be transferred away: the image itself when it owns exactly one ordinary buffer, or else a
 * copy.
 */
function ownBuffer({ width, height, data }: RgbaImage): RgbaBuffer {
  return { width, height, data: owned(data) ? (data as Uint8ClampedArray<ArrayBuffer>) : new Uint8ClampedArray(data) }
}

/** An element whose planes can be transferred away. */
export function ownElement({ front, ...element }: Element): ElementBuffer {
  const plane = front && (owned(front) ? (front as Uint8Array<ArrayBuffer>) : new Uint8Array(front))
  return { ...element, ...ownBuffer(element), ...(plane === undefined ? {} : { front: plane }) }
}

function owned(data: Uint8Array | Uint8ClampedArray): boolean {
  return data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength
}

/** The buffers of elements, to be handed over with them. */
export function buffersOf(elements: readonly ElementBuffer[]): ArrayBuffer[] {
  return elements.flatMap(({ data, front }) => (front === undefined ? [data.buffer] : [data.buffer, front.buffer]))
}
