import { openSafetensors } from '../src/engine/formats/safetensors'
import type { WeightStore } from '../src/engine/formats/weight-store'
import { fileSource } from './node-files'

/** Whether what was typed as a style is a file rather than an id. */
export const isStyleFile = (style: string): boolean => /\.safetensors$/i.test(style)

/** Opens a LoRA `.safetensors` for use as a style. */
export async function openStyleFile(path: string): Promise<WeightStore> {
  return openSafetensors(await fileSource(path))
}
