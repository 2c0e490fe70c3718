import { isSafetensors } from '../engine/formats/recognise'

/** Header length and the first of the header; see formats/recognise.ts. */
const HEAD = 64

/**
 * Whether a dropped file is for the styles: weights by content, whatever the name, or named as such and no picture, so
 * that what it is instead is told where a style was expected.
 */
export async function isStyleFile(file: File): Promise<boolean> {
  const head = new Uint8Array(
    await file
      .slice(0, HEAD)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0)),
  )
  return isSafetensors(head) || (/\.(?:safetensors|sft)$/i.test(file.name) && !isPicture(head))
}

/** JPEG, PNG, GIF, RIFF (WebP) and the boxes of AVIF and HEIC. */
function isPicture(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 12))
  return /^(?:\xff\xd8|\x89PNG|GIF8|RIFF|.{4}ftyp)/s.test(text)
}
