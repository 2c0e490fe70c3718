import type { ByteSource } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { duplicateKey, isCount, isObject, isShape, type JsonObject } from './json'
import { recognise, RECOGNISED_BYTES } from './recognise'
import {
  checkRows,
  isStoredDType,
  weightNamed,
  storedBytes,
  type StoredTensor,
  type TensorInfo,
  type WeightStore,
} from './weight-store'

/**
 * The safetensors container: u64 header length, JSON header {name: {dtype, shape, data_offsets}, __metadata__?}, data.
 * Source: github.com/huggingface/safetensors, README; the same checks as its reference reader, and its 100 MB header
 * limit.
 */
const MAX_HEADER = 100_000_000

interface Entry extends TensorInfo {
  readonly name: string
  /** Bytes from the start of the data. */
  readonly begin: number
  readonly end: number
}

function bad(what: string): PhotodoodleError {
  return new PhotodoodleError(
    'BadSafetensors',
    what,
    'Download the file again, or check that it really is a .safetensors file.',
  )
}

/**
 * Reads and checks the header only; tensors are read when asked for.
 * @returns a store whose `config` is the file's `__metadata__` (strings), undefined without one
 * @throws BadSafetensors, UnsupportedDType
 */
export async function openSafetensors(source: ByteSource): Promise<WeightStore> {
  const header = await readHeader(source)
  const dataStart = header.end
  const entries = new Map(readEntries(header.json, source.size - dataStart).map((entry) => [entry.name, entry]))

  const find = (name: string): Entry => weightNamed(entries, name)
  return {
    names: () => [...entries.keys()],
    info: (name) => {
      const { dtype, shape } = find(name)
      return { dtype, shape }
    },
    read: async (name) => {
      const { dtype, shape, begin, end } = find(name)
      return { dtype, shape, bytes: await source.read(dataStart + begin, end - begin) }
    },
    readRows: async (name, first, count) => {
      const { dtype, shape, begin, end } = find(name)
      checkRows(name, shape, first, count)
      const row = (end - begin) / shape[0]!
      return {
        dtype,
        shape: [count, ...shape.slice(1)],
        bytes: await source.read(dataStart + begin + first * row, count * row),
      }
    },
    config: readMetadata(header.json),
  }
}

/** What else the file is, if its start says so: lengths read from another kind of file are absurd and help nobody. */
async function otherKind(source: ByteSource): Promise<PhotodoodleError | undefined> {
  const found = recognise(await source.read(0, Math.min(source.size, RECOGNISED_BYTES)))
  if (found === undefined || found.kind === 'safetensors') return undefined
  return new PhotodoodleError('BadSafetensors', `The file ${found.what}.`, found.remedy)
}

async function readHeader(source: ByteSource): Promise<{ json: JsonObject; end: number }> {
  const other = await otherKind(source)
  if (other !== undefined) throw other
  if (source.size < 8) throw bad(`The file has only ${source.size} bytes, too few for a safetensors file.`)
  const prefix = await source.read(0, 8)
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(MAX_HEADER))
    throw bad(`The header claims ${length.toString()} bytes; the format allows ${MAX_HEADER}.`)
  const end = 8 + Number(length)
  if (end > source.size)
    throw bad(`The header claims ${length.toString()} bytes, but the file ends after ${source.size}.`)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await source.read(8, Number(length)))
    const json: unknown = JSON.parse(text)
    if (!isObject(json)) throw bad('The header is not a JSON object.')
    const duplicate = duplicateKey(text)
    if (duplicate !== undefined) throw bad(`The header names "${duplicate}" twice.`)
    return { json, end }
  } catch (error) {
    if (error instanceof SyntaxError) throw bad('The header is not valid JSON.')
    if (error instanceof TypeError) throw bad('The header is not valid UTF-8.')
    throw error
  }
}

function readMetadata(header: JsonObject): Readonly<Record<string, string>> | undefined {
  const metadata = header['__metadata__']
  if (metadata === undefined) return undefined
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw bad("The header's __metadata__ is not a table of strings.")
  return metadata as Readonly<Record<string, string>>
}

/** In data order; together they cover the data without a gap or an overlap, as the format demands. */
function readEntries(header: JsonObject, dataBytes: number): Entry[] {
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => readEntry(name, value))
  entries.sort((x, y) => x.begin - y.begin || x.end - y.end)
  let end = 0
  for (const entry of entries) {
    if (entry.end > dataBytes)
      throw bad(`Tensor ${entry.name} ends at byte ${entry.end} of ${dataBytes}: the file is truncated or damaged.`)
    if (entry.begin < end) throw bad(`Tensor ${entry.name} overlaps the one before it.`)
    if (entry.begin > end) throw bad(`${entry.begin - end} bytes before tensor ${entry.name} belong to no tensor.`)
    end = entry.end
  }
  if (end !== dataBytes) throw bad(`${dataBytes - end} bytes after the last tensor belong to no tensor.`)
  return entries
}

function readEntry(name: string, value: unknown): Entry {
  if (!isObject(value)) throw bad(`The header's entry for ${name} is not an object.`)
  const { dtype, shape, data_offsets: offsets } = value
  if (!isStoredDType(dtype) || dtype === 'Q4' || dtype === 'Q8') {
    throw new PhotodoodleError(
      'UnsupportedDType',
      `Tensor ${name} is stored as ${JSON.stringify(dtype)}, which is not supported.`,
      'Use a file in F32, F16, BF16 or fp8 (F8_E4M3, F8_E5M2).',
    )
  }
  if (!isShape(shape)) throw bad(`Tensor ${name} has no valid shape.`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw bad(`Tensor ${name} has no valid data_offsets.`)
  const [begin, end] = offsets as [number, number]
  const expected = storedBytes({ dtype, shape })
  if (end - begin !== expected)
    throw bad(
      `Tensor ${name} [${shape.join(', ')}] ${dtype} needs ${expected} bytes, but its offsets span ${end - begin}.`,
    )
  return { name, dtype, shape, begin, end }
}

/**
 * A whole safetensors file in memory.
 * @throws UnsupportedDType for Q4 and Q8, which the format does not know; ShapeMismatch when bytes and shape disagree
 */
export function writeSafetensors(
  tensors: Iterable<readonly [string, StoredTensor]>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata }
  // Wide elements first keeps every tensor aligned to its element size.
  const list = [...tensors].sort(([, x], [, y]) => bytesPerElement(y) - bytesPerElement(x))
  let offset = 0
  for (const [name, { dtype, shape, bytes }] of list) {
    if (dtype === 'Q4' || dtype === 'Q8')
      throw new PhotodoodleError(
        'UnsupportedDType',
        `safetensors cannot hold ${name} as ${dtype}.`,
        'Write it as F16, or write a manifest.',
      )
    if (bytes.length !== storedBytes({ dtype, shape }))
      throw new PhotodoodleError(
        'ShapeMismatch',
        `Tensor ${name} [${shape.join(', ')}] ${dtype} has ${bytes.length} bytes.`,
        'This is a defect; please report it.',
      )
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(8 + padded + offset)
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true)
  file.fill(0x20, 8, 8 + padded)
  file.set(json, 8)
  let position = 8 + padded
  for (const [, { bytes }] of list) {
    file.set(bytes, position)
    position += bytes.length
  }
  return file
}

const bytesPerElement = (info: TensorInfo): number => storedBytes({ dtype: info.dtype, shape: [1, 32] })
