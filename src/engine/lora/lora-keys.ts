import { fluxLinears, type FluxLinear, type FluxSizes } from '../formats/flux-layers'

/** What a key of a LoRA file stands for. */
export type LoraRole = 'a' | 'b' | 'alpha'

/** The rows of one linear that a LoRA changes. */
export interface LoraTarget {
  readonly linear: FluxLinear
  readonly row: number
  readonly rows: number
}

/** diffusers / PEFT writes lora_A and lora_B (with an adapter's name in some files), kohya lora_down and lora_up, older diffusers lora.down and lora.up. */
const ROLE = /^(?<module>.+)\.(?:(?<a>lora_A|lora_down|lora\.down)|(?<b>lora_B|lora_up|lora\.up))(?:\.(?!weight$)[\w-]+)?\.weight$/
const ALPHA = /^(?<module>.+)\.alpha$/

/** Wrappers that trainers and front ends put before a module's name. */
const PREFIXES = ['base_model.model.', 'model.diffusion_model.', 'diffusion_model.', 'transformer.']
/** kohya and its relatives write dots as underscores after one of these. */
const FLAT_PREFIXES = ['lora_unet_', 'lora_transformer_']

/** The module a key speaks of and what it holds of it; undefined for a key that is none of LoRA's. */
export function parseLoraKey(key: string): { readonly module: string; readonly role: LoraRole } | undefined {
  const matrix = ROLE.exec(key)?.groups
  if (matrix?.['module'] !== undefined) return { module: matrix['module'], role: matrix['a'] === undefined ? 'b' : 'a' }
  const alpha = ALPHA.exec(key)?.groups
  return alpha?.['module'] === undefined ? undefined : { module: alpha['module'], role: 'alpha' }
}

/** @returns a look-up from a file's module name, in any of the known spellings, to the rows it changes */
export function loraTargets(sizes: FluxSizes): (module: string) => LoraTarget | undefined {
  const dotted = new Map<string, LoraTarget>()
  for (const linear of fluxLinears(sizes)) {
    dotted.set(linear.name, { linear: { ...linear, swapHalves: false }, row: 0, rows: linear.out })
    for (const part of linear.parts) dotted.set(part.name, { linear, row: part.row, rows: part.rows })
  }
  const flat = new Map([...dotted].map(([name, target]) => [name.replaceAll('.', '_'), target]))
  return (module) => {
    const flatPrefix = FLAT_PREFIXES.find((prefix) => module.startsWith(prefix))
    if (flatPrefix !== undefined) return flat.get(module.slice(flatPrefix.length))
    let name = module
    for (const prefix of PREFIXES) if (name.startsWith(prefix)) name = name.slice(prefix.length)
    return dotted.get(name)
  }
}
