import type { ByteSource } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { sizeOf } from '../core/tensor'
import { BLOCK_FORMATS, unpackBlocks, type BlockFormat } from './gguf-blocks'
import { isCount, isShape } from './json'
import {
  checkRows,
  missingWeight,
  storedBytes,
  type StoredDType,
  type StoredTensor,
  type WeightStore,
} from './weight-store'

/**
 * GGUF, version 2 and 3: magic, counts, key-value pairs, tensor entries, then the data at aligned offsets.
 * Source: github.com/ggml-org/ggml, docs/gguf.md. Tensors in blocks are unpacked when they are read and appear as F32.
 */
const MAGIC = 0x46554747
const DEFAULT_ALIGNMENT = 32
/** Headers are read in steps; one beyond the last is no header of a picture model. */
const HEADER_STEPS = [2 ** 18, 2 ** 22, 2 ** 26]

/** ggml's numbers of the types that are stored as they are. */
const PLAIN: Readonly<Record<number, StoredDType>> = {
  0: 'F32',
  1: 'F16',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  30: 'BF16',
}
/** Names for messages of those that are not read. */
const UNREAD: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
  40: 'NVFP4',
}

interface Entry {
  readonly shape: readonly number[]
  readonly format: StoredDType | BlockFormat
  /** Bytes into the file. */
  readonly begin: number
  readonly bytes: number
}

type GgufValue = string | number | boolean | readonly GgufValue[]

const bad = (what: string): PhotodoodleError =>
  new PhotodoodleError('BadSafetensors', what, 'Download the file again, or give another version of it.')

/**
 * Reads and checks the header only.
 * @returns a store whose `config` is the file's key-value pairs; tensors have their rows first, as everywhere here
 * @throws BadSafetensors for a damaged or cut file; UnsupportedDType naming a block format that is not read
 */
export async function openGguf(source: ByteSource): Promise<WeightStore> {
  const { values, infos, end } = await readHeader(source)
  const aligned = values.get('general.alignment')
  const alignment = aligned ?? DEFAULT_ALIGNMENT
  if (!isCount(alignment) || alignment === 0) throw bad('The GGUF header gives no valid alignment.')
  const data = Math.ceil(end / alignment) * alignment
  const entries = new Map<string, Entry>()
  for (const { name, dims, type, offset } of infos) {
    if (entries.has(name)) throw bad(`The GGUF header names "${name}" twice.`)
    const entry = entryOf(name, originalShape(values, name) ?? [...dims].reverse(), dims, type, data + offset)
    if (entry.begin + entry.bytes > source.size)
      throw bad(
        `Tensor ${name} ends at byte ${entry.begin + entry.bytes} of ${source.size}: the file is truncated or damaged.`,
      )
    entries.set(name, entry)
  }
  const find = (name: string): Entry => {
    const entry = entries.get(name)
    if (entry === undefined) throw missingWeight(name)
    return entry
  }
  const read = async (name: string, first: number, count: number): Promise<StoredTensor> => {
    const { shape, format, begin, bytes } = find(name)
    const row = bytes / (shape[0] || 1)
    const stored = await source.read(begin + first * row, count * row)
    const rows = shape.length === 0 ? [] : [count, ...shape.slice(1)]
    return typeof format === 'string'
      ? { dtype: format, shape: rows, bytes: stored }
      : { dtype: 'F32', shape: rows, bytes: new Uint8Array(unpackBlocks(format, stored).buffer) }
  }
  return {
    names: () => [...entries.keys()],
    info: (name) => {
      const { shape, format } = find(name)
      return { dtype: typeof format === 'string' ? format : 'F32', shape }
    },
    read: (name) => read(name, 0, find(name).shape[0] ?? 1),
    readRows: (name, first, count) => {
      checkRows(name, find(name).shape, first, count)
      return read(name, first, count)
    },
    config: Object.fromEntries(values),
  }
}

/** How many tensors of each kind a GGUF file holds, for messages. @throws as {@link openGguf} */
export async function ggufKinds(source: ByteSource): Promise<ReadonlyMap<string, number>> {
  const kinds = new Map<string, number>()
  for (const { type } of (await readHeader(source)).infos) {
    const name = kindName(type)
    kinds.set(name, (kinds.get(name) ?? 0) + 1)
  }
  return kinds
}

const kindName = (type: number): string => PLAIN[type] ?? BLOCK_FORMATS[type]?.name ?? UNREAD[type] ?? `type ${type}`

/** Rows that were folded to fit blocks keep their true shape beside them (city96's ComfyUI-GGUF). */
function originalShape(values: ReadonlyMap<string, GgufValue>, name: string): readonly number[] | undefined {
  const shape = values.get(`comfy.gguf.orig_shape.${name}`)
  return isShape(shape) ? shape : undefined
}

function entryOf(name: string, shape: readonly number[], dims: readonly number[], type: number, begin: number): Entry {
  if (!isShape(shape) || sizeOf(shape) !== sizeOf(dims)) throw bad(`Tensor ${name} has no valid shape.`)
  const plain = PLAIN[type]
  if (plain !== undefined) return { shape, format: plain, begin, bytes: storedBytes({ dtype: plain, shape }) }
  const format = BLOCK_FORMATS[type]
  if (format === undefined) {
    throw new PhotodoodleError(
      'UnsupportedDType',
      `Tensor ${name} is stored as ${kindName(type)}, which is not read.`,
      `Use a GGUF of ${Object.values(BLOCK_FORMATS)
        .map((known) => known.name)
        .join(', ')}, F16 or BF16.`,
    )
  }
  // Rows are cut apart, so that each must fill whole blocks.
  if ((sizeOf(shape) / (shape[0] || 1)) % format.weights !== 0)
    throw bad(`Tensor ${name} [${shape.join(', ')}] does not fill blocks of ${format.weights}.`)
  return { shape, format, begin, bytes: (sizeOf(shape) / format.weights) * format.bytes }
}

interface TensorEntry {
  readonly name: string
  /** Fastest first, as the file has them. */
  readonly dims: readonly number[]
  readonly type: number
  readonly offset: number
}

interface Header {
  readonly values: ReadonlyMap<string, GgufValue>
  readonly infos: readonly TensorEntry[]
  /** Bytes into the file. */
  readonly end: number
}

async function readHeader(source: ByteSource): Promise<Header> {
  for (const step of HEADER_STEPS) {
    const length = Math.min(step, source.size)
    try {
      return parseHeader(new Cursor(await source.read(0, length)))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      if (length === source.size) throw bad('The GGUF header is cut off.')
    }
  }
  throw bad(`The GGUF header is longer than ${HEADER_STEPS.at(-1)} bytes.`)
}

function parseHeader(cursor: Cursor): Header {
  if (cursor.u32() !== MAGIC) throw bad('The file is no GGUF.')
  const version = cursor.u32()
  if (version < 2 || version > 3) throw bad(`The GGUF is of version ${version}; versions 2 and 3 are read.`)
  const [tensors, pairs] = [cursor.count(), cursor.count()]
  const values = new Map<string, GgufValue>()
  for (let i = 0; i < pairs; i++) values.set(cursor.text(), cursor.value(cursor.u32()))
  const infos: TensorEntry[] = []
  for (let i = 0; i < tensors; i++) {
    const name = cursor.text()
    const count = cursor.u32()
    if (count > 8) throw bad(`Tensor ${name} has ${count} dimensions.`)
    const dims = Array.from({ length: count }, () => cursor.count())
    infos.push({ name, dims, type: cursor.u32(), offset: cursor.count() })
  }
  return { values, infos, end: cursor.at }
}

/** Little-endian values one after another; a RangeError says that more bytes are needed. */
class Cursor {
  at = 0
  private readonly view: DataView

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  private step(bytes: number): number {
    const at = this.at
    if (at + bytes > this.bytes.length) throw new RangeError('more bytes are needed')
    this.at += bytes
    return at
  }

  u32(): number {
    return this.view.getUint32(this.step(4), true)
  }

  /** A u64 that a number holds. */
  count(): number {
    const value = Number(this.view.getBigUint64(this.step(8), true))
    if (!Number.isSafeInteger(value)) throw bad(`The GGUF header claims a count of ${value}.`)
    return value
  }

  text(): string {
    const length = this.count()
    const at = this.step(length)
    return new TextDecoder().decode(this.bytes.subarray(at, at + length))
  }

  value(type: number): GgufValue {
    switch (type) {
      case 0:
        return this.view.getUint8(this.step(1))
      case 1:
        return this.view.getInt8(this.step(1))
      case 2:
        return this.view.getUint16(this.step(2), true)
      case 3:
        return this.view.getInt16(this.step(2), true)
      case 4:
        return this.u32()
      case 5:
        return this.view.getInt32(this.step(4), true)
      case 6:
        return this.view.getFloat32(this.step(4), true)
      case 7:
        return this.view.getUint8(this.step(1)) !== 0
      case 8:
        return this.text()
      case 9: {
        const [inner, length] = [this.u32(), this.count()]
        const list: GgufValue[] = []
        for (let i = 0; i < length; i++) list.push(this.value(inner))
        return list
      }
      case 10:
        return Number(this.view.getBigUint64(this.step(8), true))
      case 11:
        return Number(this.view.getBigInt64(this.step(8), true))
      case 12:
        return this.view.getFloat64(this.step(8), true)
      default:
        throw bad(`The GGUF header has a value of unknown type ${type}.`)
    }
  }
}
