import { openSafetensors } from '../src/engine/formats/safetensors'
import type { WeightStore } from '../src/engine/formats/weight-store'
import { fileSource } from './node-files'

/** Opens a LoRA `.safetensors` for use as a style. */
export async function openStyleFile(path: string): Promise<WeightStore> {
  return openSafetensors(await fileSource(path))
}
