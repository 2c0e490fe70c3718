import { PhotodoodleError } from '../core/errors'
import { fluxLinears, fluxNorms, type FluxSizes } from './flux-layers'
import {
  checkRows,
  missingWeight,
  readRows,
  toFloat32,
  weightNamed,
  type StoredTensor,
  type TensorInfo,
  type WeightStore,
} from './weight-store'

/** Wrappers that checkpoints put before every name. */
const PREFIXES = ['', 'model.diffusion_model.', 'diffusion_model.', 'transformer.']

export type WeightNaming = 'reference' | 'diffusers'

/** Where the reference tensor comes from: the parts' rows in order, the halves then swapped if asked. */
interface Source {
  readonly parts: readonly string[]
  readonly swapHalves: boolean
}

/**
 * Which names a FLUX-architecture transformer's file uses, after one of the known prefixes; undefined for any other
 * file.
 */
export function detectNaming(
  names: readonly string[],
): { readonly naming: WeightNaming; readonly prefix: string } | undefined {
  const present = new Set(names)
  for (const prefix of PREFIXES) {
    if (present.has(`${prefix}img_in.weight`)) return { naming: 'reference', prefix }
    if (present.has(`${prefix}x_embedder.weight`) && present.has(`${prefix}context_embedder.weight`))
      return { naming: 'diffusers', prefix }
  }
  return undefined
}

/**
 * A view of a transformer's weights under the FLUX reference names, whatever names the file uses: prefixes removed,
 * q, k, v (and the MLP of single blocks) stacked into fused linears, the final modulation's halves put in reference
 * order. Tensors are assembled when read; nothing is held.
 * @throws BadModel when the file is no FLUX-architecture transformer, or holds a tensor that has no place in one;
 * MissingWeight
 */
export function referenceStore(store: WeightStore, naming: WeightNaming | 'auto' = 'auto'): WeightStore {
  const found = detectNaming(store.names())
  if (found === undefined || (naming !== 'auto' && naming !== found.naming)) {
    throw new PhotodoodleError(
      'BadModel',
      `The file does not hold a FLUX transformer under ${naming === 'auto' ? 'reference or diffusers' : naming} names.`,
      "Convert the transformer's own file, e.g. flux1-dev.safetensors.",
    )
  }
  const sources =
    found.naming === 'diffusers' ? diffusersSources(store, found.prefix) : referenceSources(store, found.prefix)
  const find = (name: string): Source => weightNamed(sources, name)
  return {
    names: () => [...sources.keys()],
    info: (name) =>
      stackedInfo(
        name,
        find(name).parts.map((part) => store.info(part)),
      ),
    read: async (name) => {
      const { parts, swapHalves: swap } = find(name)
      const stored: StoredTensor[] = []
      for (const part of parts) stored.push(await store.read(part))
      const whole = stack(name, stored)
      return swap ? swapHalves(whole) : whole
    },
    readRows: async (name, first, count) => {
      const source = find(name)
      const total = stackedInfo(
        name,
        source.parts.map((part) => store.info(part)),
      ).shape
      checkRows(name, total, first, count)
      const pieces: StoredTensor[] = []
      for (const { part, from, rows } of piecesOf(store, source, total[0]!, first, count))
        pieces.push(await readRows(store, part, from, rows))
      return stack(name, pieces)
    },
    config: store.config,
  }
}

interface Piece {
  readonly part: string
  /** First row inside the part. */
  readonly from: number
  readonly rows: number
}

/** Where rows of an assembled tensor lie in its parts. */
function piecesOf(
  store: WeightStore,
  { parts, swapHalves: swap }: Source,
  total: number,
  first: number,
  count: number,
): Piece[] {
  const half = total / 2
  if (swap && first < half && first + count > half) {
    return [
      ...piecesOf(store, { parts, swapHalves: true }, total, first, half - first),
      ...piecesOf(store, { parts, swapHalves: true }, total, half, first + count - half),
    ]
  }
  const start = swap ? (first + half) % total : first
  const pieces: Piece[] = []
  let row = 0
  for (const part of parts) {
    const rows = store.info(part).shape[0] ?? 1
    const from = Math.max(start, row)
    const to = Math.min(start + count, row + rows)
    if (from < to) pieces.push({ part, from: from - row, rows: to - from })
    row += rows
  }
  return pieces
}

function referenceSources(store: WeightStore, prefix: string): Map<string, Source> {
  return new Map(
    store.names().map((name) => {
      if (!name.startsWith(prefix)) throw unplaced(name)
      return [name.slice(prefix.length), { parts: [name], swapHalves: false }]
    }),
  )
}

function diffusersSources(store: WeightStore, prefix: string): Map<string, Source> {
  const sizes = diffusersSizes(store, prefix)
  const present = new Set(store.names())
  const sources = new Map<string, Source>()
  const used = new Set<string>()
  const place = (reference: string, parts: readonly string[], swapHalves: boolean) => {
    const absent = parts.find((part) => !present.has(part))
    if (absent !== undefined) throw missingWeight(absent)
    sources.set(reference, { parts, swapHalves })
    parts.forEach((part) => used.add(part))
  }
  for (const { name, parts, swapHalves } of fluxLinears(sizes)) {
    place(
      `${name}.weight`,
      parts.map((part) => `${prefix}${part.name}.weight`),
      swapHalves,
    )
    // A model without qkv_bias has none here.
    const biases = parts.map((part) => `${prefix}${part.name}.bias`)
    if (biases.some((bias) => present.has(bias))) place(`${name}.bias`, biases, swapHalves)
  }
  for (const [reference, diffusers] of fluxNorms(sizes)) place(reference, [prefix + diffusers], false)
  const extra = store.names().find((name) => !used.has(name))
  if (extra !== undefined) throw unplaced(extra)
  return sources
}

/** Sizes of a transformer with diffusers names, from its headers. */
function diffusersSizes(store: WeightStore, prefix: string): FluxSizes {
  const dimension = (name: string, axis: number): number => {
    const size = store.info(`${prefix}${name}.weight`).shape[axis]
    if (size === undefined)
      throw new PhotodoodleError('BadModel', `${name}.weight is not a matrix.`, 'Download the model again.')
    return size
  }
  const names = store.names().map((name) => name.slice(prefix.length))
  const count = (pattern: RegExp) => 1 + Math.max(-1, ...names.map((name) => Number(pattern.exec(name)?.[1] ?? -1)))
  const depth = count(/^transformer_blocks\.(\d+)\./)
  const hidden = dimension('x_embedder', 0)
  return {
    in_channels: dimension('x_embedder', 1),
    out_channels: dimension('proj_out', 0),
    vec_in_dim: dimension('time_text_embed.text_embedder.linear_1', 1),
    context_in_dim: dimension('context_embedder', 1),
    hidden_size: hidden,
    mlp_ratio:
      dimension(depth > 0 ? 'transformer_blocks.0.ff.net.0.proj' : 'single_transformer_blocks.0.proj_mlp', 0) / hidden,
    depth,
    depth_single_blocks: count(/^single_transformer_blocks\.(\d+)\./),
    guidance_embed: names.includes('time_text_embed.guidance_embedder.linear_1.weight'),
  }
}

function unplaced(name: string): PhotodoodleError {
  return new PhotodoodleError(
    'BadModel',
    `The tensor ${name} has no place in a FLUX transformer.`,
    "Convert the transformer's own file, without LoRA or text encoder weights in it.",
  )
}

/** Parts that differ in dtype meet as F32. */
function stackedInfo(name: string, parts: readonly TensorInfo[]): TensorInfo {
  const [first] = parts
  if (first === undefined) throw missingWeight(name)
  if (parts.length === 1) return first
  if (
    parts.some(
      ({ shape }) => shape.length !== first.shape.length || shape.slice(1).some((dim, i) => dim !== first.shape[i + 1]),
    )
  ) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `The parts of ${name} do not fit together: ${parts.map(({ shape }) => `[${shape.join(', ')}]`).join(' ')}.`,
      'Download the model again.',
    )
  }
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 1), 0)
  const same = parts.every(({ dtype }) => dtype === first.dtype)
  return { dtype: same ? first.dtype : 'F32', shape: [rows, ...first.shape.slice(1)] }
}

function stack(name: string, parts: readonly StoredTensor[]): StoredTensor {
  const info = stackedInfo(name, parts)
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const mixed = parts.some(({ dtype }) => dtype !== info.dtype)
  const bytes = concatBytes(parts.map((part) => (mixed ? new Uint8Array(toFloat32(part).buffer) : part.bytes)))
  if (mixed || first?.scales === undefined) return { ...info, bytes }
  return { ...info, bytes, scales: new Float32Array(concatBytes(parts.map(({ scales }) => bytesOf(scales!))).buffer) }
}

function concatBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}

/** Exchanges the first and the second half of the rows; rows are whole bytes and whole blocks in every dtype. */
function swapHalves(stored: StoredTensor): StoredTensor {
  const swap = (bytes: Uint8Array) =>
    concatBytes([bytes.subarray(bytes.length / 2), bytes.subarray(0, bytes.length / 2)])
  const bytes = swap(stored.bytes)
  return stored.scales === undefined
    ? { ...stored, bytes }
    : { ...stored, bytes, scales: new Float32Array(swap(bytesOf(stored.scales)).buffer) }
}

const bytesOf = (floats: Float32Array): Uint8Array =>
  new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
