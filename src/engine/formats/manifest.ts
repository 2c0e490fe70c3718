import { readText, type ByteSource, type FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { halvesToFloats } from '../core/float16'
import { sizeOf } from '../core/tensor'
import { BLOCK } from './blocks'
import { isCount, isObject, isShape } from './json'
import { isStoredDType, weightNamed, storedBytes, type TensorInfo, type WeightStore } from './weight-store'

/**
 * A model as a folder: manifest.json and shards. Tensors start at multiples of 64 bytes, so that any typed array can
 * view them, and carry their Q4 or Q8 scales beside them. Every shard's SHA-256 is known before it is trusted.
 */
export const MANIFEST_FORMAT = 'photodoodle-manifest/1'
export const MANIFEST_FILE = 'manifest.json'
export const ALIGNMENT = 64

interface ByteSpan {
  readonly offset: number
  readonly bytes: number
}

export interface ManifestTensor extends TensorInfo, ByteSpan {
  /** Index into `shards`. */
  readonly shard: number
  /** [N * K / 32] in the same shard; Q4 and Q8 only. */
  readonly scales?: ByteSpan & { readonly dtype: 'F16' | 'F32' }
}

export interface ManifestShard {
  /** A name in the manifest's own folder. */
  readonly file: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

export interface Manifest {
  readonly config: unknown
  readonly tensors: ReadonlyMap<string, ManifestTensor>
  readonly shards: readonly ManifestShard[]
}

function badManifest(what: string, options?: ErrorOptions): PhotodoodleError {
  return new PhotodoodleError(
    'BadManifest',
    `The model's ${MANIFEST_FILE} ${what}.`,
    'Download the model again, or convert it again with "photodoodle convert".',
    options,
  )
}

function badShard(file: string, what: string, options?: ErrorOptions): PhotodoodleError {
  return new PhotodoodleError(
    'BadShard',
    `The model file ${file} ${what}.`,
    'Download the model again, or convert it again with "photodoodle convert".',
    options,
  )
}

/** @throws BadManifest naming the entry that is wrong; every offset of the result lies inside its shard */
export function parseManifest(text: string): Manifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw badManifest('is not valid JSON', { cause: error })
  }
  if (!isObject(json)) throw badManifest('is not an object')
  if (json['format'] !== MANIFEST_FORMAT)
    throw badManifest(`has format ${JSON.stringify(json['format'])}, but this version reads ${MANIFEST_FORMAT}`)
  const { shards: shardList, tensors: tensorTable } = json
  if (!Array.isArray(shardList)) throw badManifest('has no list of shards')
  if (!isObject(tensorTable)) throw badManifest('has no table of tensors')
  const shards = shardList.map(parseShard)
  const tensors = new Map(Object.entries(tensorTable).map(([name, value]) => [name, parseTensor(name, value, shards)]))
  return { config: json['config'], tensors, shards }
}

function parseShard(value: unknown): ManifestShard {
  if (!isObject(value)) throw badManifest('has a shard that is not an object')
  const { file, bytes, sha256 } = value
  // A plain name: no folder, no way up, nothing a URL or a file system reads in a special way.
  if (typeof file !== 'string' || !/^\w[\w.-]*$/.test(file))
    throw badManifest(`names a shard ${JSON.stringify(file)}, which is not a plain file name`)
  if (!isCount(bytes)) throw badManifest(`has no size for shard ${file}`)
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw badManifest(`has no SHA-256 for shard ${file}`)
  return { file, bytes, sha256 }
}

function parseTensor(name: string, value: unknown, shards: readonly ManifestShard[]): ManifestTensor {
  if (!isObject(value)) throw badManifest(`has an entry for ${name} that is not an object`)
  const { dtype, shape, shard, scales } = value
  if (!isStoredDType(dtype)) throw badManifest(`stores ${name} as ${JSON.stringify(dtype)}, which is not known`)
  if (!isShape(shape)) throw badManifest(`has no valid shape for ${name}`)
  const home = isCount(shard) ? shards[shard] : undefined
  if (!isCount(shard) || home === undefined)
    throw badManifest(`puts ${name} in shard ${JSON.stringify(shard)} of ${shards.length}`)
  const span = parseSpan(name, value, storedBytes({ dtype, shape }), home)
  if (dtype !== 'Q4' && dtype !== 'Q8') return { dtype, shape, shard, ...span }
  if (!isObject(scales) || (scales['dtype'] !== 'F16' && scales['dtype'] !== 'F32'))
    throw badManifest(`has no F16 or F32 scales for ${name}`)
  const scaleBytes = (sizeOf(shape) / BLOCK) * (scales['dtype'] === 'F16' ? 2 : 4)
  return {
    dtype,
    shape,
    shard,
    ...span,
    scales: { dtype: scales['dtype'], ...parseSpan(`the scales of ${name}`, scales, scaleBytes, home) },
  }
}

function parseSpan(
  what: string,
  value: Readonly<Record<string, unknown>>,
  expected: number,
  shard: ManifestShard,
): ByteSpan {
  const { offset, bytes } = value
  if (bytes !== expected)
    throw badManifest(`gives ${what} ${JSON.stringify(bytes)} bytes where its shape needs ${expected}`)
  if (!isCount(offset) || offset % ALIGNMENT !== 0)
    throw badManifest(`puts ${what} at ${JSON.stringify(offset)}, which is no multiple of ${ALIGNMENT}`)
  if (offset + expected > shard.bytes) throw badManifest(`puts ${what} past the end of ${shard.file}`)
  return { offset, bytes: expected }
}

export interface ManifestOptions {
  /**
   * Compare each shard with its SHA-256 before the first tensor is read from it. Default: unless the tree is verified.
   */
  readonly verify?: boolean
}

/**
 * Reads manifest.json; shards are opened and verified when a tensor in them is first read.
 * @param folder of the manifest inside the tree, '' for its root
 * @throws MissingFile, BadManifest; reading a tensor: MissingWeight, MissingFile, BadShard
 */
export async function openManifest(
  tree: FileTree,
  folder: string,
  { verify = tree.verified !== true }: ManifestOptions = {},
): Promise<WeightStore> {
  const inFolder = (file: string) => (folder === '' ? file : `${folder}/${file}`)
  const manifest = parseManifest(await readManifestText(await tree.open(inFolder(MANIFEST_FILE))))
  const opened = new Map<number, Promise<ByteSource>>()

  const openShard = async (shard: ManifestShard): Promise<ByteSource> => {
    const source = await tree.open(inFolder(shard.file))
    if (source.size !== shard.bytes) throw badShard(shard.file, `has ${source.size} bytes instead of ${shard.bytes}`)
    if (verify && (await sha256(await source.read(0, source.size))) !== shard.sha256)
      throw badShard(shard.file, 'does not have the SHA-256 its manifest gives: it is damaged or was changed')
    return source
  }
  const shardOf = (index: number): Promise<ByteSource> => {
    const known = opened.get(index)
    if (known !== undefined) return known
    const source = openShard(manifest.shards[index]!)
    opened.set(index, source)
    // A failed fetch may succeed next time.
    source.catch(() => opened.delete(index))
    return source
  }
  const find = (name: string): ManifestTensor => weightNamed(manifest.tensors, name)
  return {
    names: () => [...manifest.tensors.keys()],
    info: (name) => {
      const { dtype, shape } = find(name)
      return { dtype, shape }
    },
    read: async (name) => {
      const { dtype, shape, shard, offset, bytes, scales } = find(name)
      const source = await shardOf(shard)
      const data = await source.read(offset, bytes)
      if (scales === undefined) return { dtype, shape, bytes: data }
      // Copied: halves and floats must be aligned in memory, not only in the file.
      const { buffer } = (await source.read(scales.offset, scales.bytes)).slice()
      return {
        dtype,
        shape,
        bytes: data,
        scales: scales.dtype === 'F16' ? halvesToFloats(new Uint16Array(buffer)) : new Float32Array(buffer),
      }
    },
    config: manifest.config,
  }
}

async function readManifestText(source: ByteSource): Promise<string> {
  if (source.size > 100_000_000) throw badManifest('is larger than 100 MB')
  try {
    return await readText(source)
  } catch (error) {
    if (error instanceof TypeError) throw badManifest('is not UTF-8 text', { cause: error })
    throw error
  }
}

/**
 * @returns lower-case hex; @throws RuntimeFailed on a page that is not served securely, where browsers have no
 * WebCrypto
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Typed as always there, but absent on plain http.
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined
  if (subtle === undefined)
    throw new PhotodoodleError(
      'RuntimeFailed',
      'The browser cannot check the model files on this page.',
      'Open it over https or from localhost.',
    )
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
