import { PhotodoodleError } from '../core/errors'

/** One linear's low-rank change: y = W x + strength * B (A x). */
export interface LowRank {
  /** [rank, in] row-major. */
  readonly a: Float32Array<ArrayBuffer>
  /** [out, rank] row-major; alpha / rank is folded in. */
  readonly b: Float32Array<ArrayBuffer>
  readonly rank: number
}

/**
 * A LoRA in the engine's own form, whatever file it came from. Keys are reference linear names, e.g.
 * `double_blocks.0.img_attn.qkv`.
 */
export interface Adapter {
  /** Largest rank of any layer. */
  readonly rank: number
  readonly layers: ReadonlyMap<string, LowRank>
}

export function adapterOf(layers: ReadonlyMap<string, LowRank>): Adapter {
  return { rank: Math.max(0, ...[...layers.values()].map((layer) => layer.rank)), layers }
}

/** A contribution to rows `row` to `row + rows - 1` of a linear. */
export interface PlacedLowRank extends LowRank {
  readonly row: number
  readonly rows: number
  /** Multiplies B. */
  readonly scale: number
}

/**
 * The sum of several low-rank changes of one linear as a single one of the summed rank: A stacked along its rows,
 * B side by side, zero outside each contribution's own rows. The result may share memory with a part.
 * @param out rows of the whole linear
 */
export function concatenate(parts: readonly PlacedLowRank[], out: number): LowRank {
  const [only] = parts
  // A style switch mostly comes by here, and someone waits for it.
  if (parts.length === 1 && only?.rows === out) return { a: only.a, b: scaled(only.b, only.scale), rank: only.rank }
  const rank = parts.reduce((sum, part) => sum + part.rank, 0)
  const a = new Float32Array(parts.reduce((sum, part) => sum + part.a.length, 0))
  const b = new Float32Array(out * rank)
  let column = 0
  let offset = 0
  for (const part of parts) {
    a.set(part.a, offset)
    offset += part.a.length
    for (let r = 0; r < part.rows; r++) {
      const target = (part.row + r) * rank + column
      for (let c = 0; c < part.rank; c++) b[target + c] = part.scale * part.b[r * part.rank + c]!
    }
    column += part.rank
  }
  return { a, b, rank }
}

/**
 * The same change with each rank's row of A and column of B at the same largest magnitude (by a power of two, so that
 * no digit is lost): what half precision holds best, and A x then is of the size of what it contributes.
 */
export function balanced({ a, b, rank }: LowRank): LowRank {
  const inputs = a.length / rank
  const outputs = b.length / rank
  const aOut = new Float32Array(a.length)
  const bOut = new Float32Array(b.length)
  for (let k = 0; k < rank; k++) {
    let aMax = 0
    let bMax = 0
    for (let i = 0; i < inputs; i++) aMax = Math.max(aMax, Math.abs(a[k * inputs + i]!))
    for (let o = 0; o < outputs; o++) bMax = Math.max(bMax, Math.abs(b[o * rank + k]!))
    const factor = aMax > 0 && bMax > 0 ? 2 ** Math.round(Math.log2(bMax / aMax) / 2) : 1
    for (let i = 0; i < inputs; i++) aOut[k * inputs + i] = a[k * inputs + i]! * factor
    for (let o = 0; o < outputs; o++) bOut[o * rank + k] = b[o * rank + k]! / factor
  }
  return { a: aOut, b: bOut, rank }
}

function scaled(values: Float32Array<ArrayBuffer>, scale: number): Float32Array<ArrayBuffer> {
  if (scale === 1) return values
  const out = new Float32Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = scale * values[i]!
  return out
}

/**
 * Several adapters at their strengths as one, so that the network adds sum(strength_i * B_i A_i).
 * @param maxRank room a network has for each linear; a linear without an entry has none
 * @throws BadLora when they do not fit
 */
export function combineAdapters(
  list: readonly { readonly adapter: Adapter; readonly strength: number }[],
  maxRank?: ReadonlyMap<string, number>,
): Adapter {
  const parts = new Map<string, PlacedLowRank[]>()
  for (const { adapter, strength } of list) {
    if (!Number.isFinite(strength))
      throw new PhotodoodleError(
        'BadRequest',
        `A style strength of ${strength} cannot be used.`,
        'Give a number, usually from 0 to 1.',
      )
    if (strength === 0) continue
    for (const [name, layer] of adapter.layers) {
      const placed = { ...layer, row: 0, rows: layer.b.length / layer.rank, scale: strength }
      parts.set(name, [...(parts.get(name) ?? []), placed])
    }
  }
  const layers = new Map([...parts].map(([name, placed]) => [name, concatenate(placed, placed[0]!.rows)]))
  for (const [name, { rank }] of layers) {
    const room = maxRank === undefined ? rank : (maxRank.get(name) ?? 0)
    if (rank > room)
      throw new PhotodoodleError(
        'BadLora',
        `The chosen styles need rank ${rank} at ${name}, and this model has room for ${room}.`,
        'Choose fewer styles, or one of lower rank.',
      )
  }
  return adapterOf(layers)
}
