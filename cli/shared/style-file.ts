import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { isObject } from '../../src/engine/formats/json'
import { ADAPTER_CONFIG } from '../../src/engine/lora/lora-metadata'
import { isFolder, openWeights, type WeightFiles } from './weight-files'

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined

/**
 * Whether what was typed as a style is a path rather than an id, which has neither an ending nor a separator. What the
 * file is, its content tells.
 */
export async function isStyleFile(style: string): Promise<boolean> {
  return /\.[a-z]\w*$|[\\/]/i.test(style) || isThere(join(style, `${ADAPTER_CONFIG}.json`))
}

/**
 * Opens a LoRA: a .safetensors file, or a folder with one. An adapter_config.json beside it, PEFT's, joins its
 * metadata, for that is where PEFT keeps alpha.
 * @throws MissingFile, BadSafetensors; BadLora for an adapter_config.json that cannot be read
 */
export async function openLoraFile(path: string): Promise<WeightFiles> {
  const folder = await isFolder(path)
  const peft = join(path, 'adapter_model.safetensors')
  const weights = await openWeights(folder && (await isThere(peft)) ? peft : path)
  const configPath = join(folder ? path : dirname(path), `${ADAPTER_CONFIG}.json`)
  const text = await readFile(configPath, 'utf8').catch(() => undefined)
  if (text === undefined) return weights
  const { store, files } = weights
  const config = { ...(isObject(store.config) && store.config), [ADAPTER_CONFIG]: parse(configPath, text) }
  return { ...weights, store: { ...store, config }, files: [...files, configPath] }
}

function parse(path: string, text: string): unknown {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // Named below.
  }
  if (!isObject(json))
    throw new PhotodoodleError(
      'BadLora',
      `${path} is not a JSON object.`,
      'Download it again with the LoRA; its alpha stands there.',
    )
  return json
}
