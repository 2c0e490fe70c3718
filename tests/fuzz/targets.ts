import { bytesSource } from '../../src/engine/core/byte-source'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { ggufKinds, openGguf } from '../../src/engine/formats/gguf'
import { parseManifest } from '../../src/engine/formats/manifest'
import { openSafetensors } from '../../src/engine/formats/safetensors'
import { sizeOf } from '../../src/engine/core/tensor'
import { exifOrientation } from '../../src/engine/image/orientation'
import { pngChunks, pngColour } from '../../src/engine/image/png-colour'
import { probeImage } from '../../src/engine/image/probe-image'
import { readRows } from '../../src/engine/formats/weight-store'
import { otherKind, parseLoraKey } from '../../src/engine/lora/lora-keys'
import { defaultScale, loraTitle } from '../../src/engine/lora/lora-metadata'
import { parseModelDescription } from '../../src/engine/pipelines/model-description'
import { isDoodle, unpacked } from '../../src/ui/project/project-record'
import { readRecipe } from '../../src/ui/project/saved-recipe'
import { isAnimated } from '../../src/workers/animated'
import { readPngText } from '../../src/workers/png-text'

type Bytes = Uint8Array<ArrayBuffer>

/**
 * Everything that reads what strangers wrote. Each target may refuse its input by a named error and nothing else: any
 * other exception, an endless loop or memory without bound is a fault.
 */
export const targets: Readonly<Record<string, (bytes: Bytes) => Promise<void> | void>> = {
  async safetensors(bytes) {
    const store = await openSafetensors(bytesSource(bytes))
    for (const name of store.names()) {
      const { bytes: data } = await store.read(name)
      if (data.length > bytes.length) throw new Error(`${name} is longer than its file`)
    }
    loraTitle(store.config)
    defaultScale(store.config)
  },
  async gguf(bytes) {
    const source = bytesSource(bytes)
    await ggufKinds(source)
    const store = await openGguf(source)
    for (const name of store.names()) {
      const { shape } = store.info(name)
      // Some kinds have two bits and a half for a weight, which become four bytes.
      if (sizeOf(shape) > 4 * bytes.length) throw new Error(`${name} has more weights than its file has bits`)
      await ((shape[0] ?? 0) > 1 ? readRows(store, name, 0, 1) : store.read(name))
    }
  },
  manifest(bytes) {
    const { tensors, shards } = parseManifest(text(bytes))
    for (const [name, { shard, offset, bytes: length }] of tensors)
      if (offset + length > shards[shard]!.bytes) throw new Error(`${name} leaves its shard`)
  },
  loraNames(bytes) {
    for (const key of text(bytes).split('\n')) {
      parseLoraKey(key)
      otherKind(key)
    }
  },
  async pngRecipe(bytes) {
    const recipe = readPngText(bytes, 'photodoodle')
    if (recipe !== null) await readRecipe(recipe)
  },
  async recipe(bytes) {
    await readRecipe(text(bytes))
  },
  projectRecord(bytes) {
    const record = json(bytes)
    isDoodle(record)
    try {
      unpacked(record, new Map())
    } catch (error) {
      if ((error as Error).name !== 'BadProject') throw error
    }
  },
  image(bytes) {
    isAnimated(bytes)
    pngColour(bytes)
    exifOrientation(pngChunks(bytes).get('eXIf') ?? bytes)
    probeImage(bytes)
  },
  modelDescription(bytes) {
    parseModelDescription(json(bytes))
  },
}

/** @throws whatever is no named refusal */
export async function runTarget(name: string, bytes: Bytes): Promise<void> {
  try {
    await targets[name]!(bytes)
  } catch (error) {
    if (!(error instanceof PhotodoodleError)) throw error
  }
}

const text = (bytes: Bytes): string => new TextDecoder().decode(bytes)

function json(bytes: Bytes): unknown {
  try {
    return JSON.parse(text(bytes)) as unknown
  } catch {
    return null
  }
}
