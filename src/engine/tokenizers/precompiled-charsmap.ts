import { PhotodoodleError } from '../core/errors'

/**
 * SentencePiece's compiled normalisation (T5's is NFKC with rules for spaces and control characters): a double-array
 * trie from UTF-8
 * bytes to replacements. Follows the spm_precompiled crate that Hugging Face's tokenizers use, its peculiarity
 * included: a
 * grapheme of up to 5 bytes becomes what its *shortest* known beginning maps to, any other grapheme goes character by
 * character.
 */
export class PrecompiledCharsmap {
  private readonly trie: Uint32Array
  private readonly replacements: Uint8Array
  private readonly segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

  /**
   * @param bytes little-endian: u32 size of the trie in bytes, the trie, NUL-terminated replacements
   * @throws BadModel when the sizes contradict each other
   */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = bytes.length < 4 ? 0 : view.getUint32(0, true)
    if (size === 0 || size % 4 !== 0 || 4 + size > bytes.length) {
      throw new PhotodoodleError(
        'BadModel',
        "The T5 tokenizer's normalisation table is damaged.",
        'Convert the model again from a complete download.',
      )
    }
    this.trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
    this.replacements = bytes.subarray(4 + size)
  }

  normalise(text: string): string {
    let result = ''
    for (const { segment } of this.segmenter.segment(text)) {
      const whole = utf8(segment).length < 6 ? this.replacement(segment) : undefined
      result += whole ?? Array.from(segment, (character) => this.replacement(character) ?? character).join('')
    }
    return result
  }

  /** What the shortest beginning of `text` that the trie knows is replaced with. */
  private replacement(text: string): string | undefined {
    let unit = this.trie[0]!
    let at = offset(unit)
    for (const byte of utf8(text)) {
      if (byte === 0) return undefined
      at ^= byte
      unit = this.trie[at] ?? 0
      if ((unit & 0x800000ff) !== byte) return undefined
      at ^= offset(unit)
      if ((unit >>> 8) & 1) return this.stringAt((this.trie[at] ?? 0) & 0x7fffffff)
    }
    return undefined
  }

  private stringAt(start: number): string {
    const end = this.replacements.indexOf(0, start)
    return new TextDecoder().decode(this.replacements.subarray(start, end < 0 ? undefined : end))
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6)
