import type { FluxSizes } from '../formats/flux-layers'
import { isObject } from '../formats/json'
import type { Adapter } from '../lora/adapter'
import { readLora } from '../lora/read-lora'
import { badCase, openTensors, type ParityCase } from './parity-case'

/** The case's LoRAs at their strengths: none, one or a list. */
export async function readAdapters(
  { json, files }: ParityCase,
  sizes: FluxSizes,
): Promise<{ adapter: Adapter; strength: number }[]> {
  const lora = json['lora'] ?? []
  const adapters = []
  for (const entry of Array.isArray(lora) ? (lora as unknown[]) : [lora]) {
    if (!isObject(entry) || typeof entry['strength'] !== 'number') throw badCase('has a lora without strength')
    adapters.push({
      adapter: await readLora(await openTensors(files, entry['file']), sizes),
      strength: entry['strength'],
    })
  }
  return adapters
}
