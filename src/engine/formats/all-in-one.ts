import { missingWeight, readRows, type WeightStore } from './weight-store'

/** A part of a checkpoint that holds a whole pipeline. */
type CheckpointPart = 'transformer' | 'autoencoder' | 'clip' | 't5'

/** What ComfyUI, Forge and the like put before each part's names, the longest first. */
const PREFIXES: Readonly<Record<CheckpointPart, readonly string[]>> = {
  transformer: ['model.diffusion_model.'],
  autoencoder: ['first_stage_model.', 'vae.'],
  clip: ['text_encoders.clip_l.transformer.', 'text_encoders.clip_l.', 'cond_stage_model.clip_l.transformer.'],
  t5: ['text_encoders.t5xxl.transformer.', 'text_encoders.t5xxl.', 'cond_stage_model.t5xxl.transformer.'],
}
/** Beside an encoder's own tensors: buffers, and a projection that FLUX leaves unused. */
const ASIDE = /^(?:logit_scale|spiece_model|(?:transformer\.)?text_projection(?:\.weight)?)$/

/** The parts of an all-in-one checkpoint under their own names; undefined for a file of one part. */
export function splitCheckpoint(
  store: WeightStore,
): Partial<Readonly<Record<CheckpointPart, WeightStore>>> | undefined {
  const names = store.names()
  const parts = (Object.keys(PREFIXES) as CheckpointPart[]).flatMap((part) => {
    const prefix = PREFIXES[part].find((candidate) => names.some((name) => name.startsWith(candidate)))
    return prefix === undefined ? [] : [[part, below(store, prefix)] as const]
  })
  // A transformer alone may have the prefix too.
  return parts.some(([part]) => part !== 'transformer') ? Object.fromEntries(parts) : undefined
}

function below(store: WeightStore, prefix: string): WeightStore {
  const names = store
    .names()
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((name) => !ASIDE.test(name))
  const own = new Set(names)
  const find = (name: string): string => {
    if (!own.has(name)) throw missingWeight(name)
    return prefix + name
  }
  return {
    names: () => names,
    info: (name) => store.info(find(name)),
    read: async (name) => store.read(find(name)),
    readRows: async (name, first, count) => readRows(store, find(name), first, count),
    config: store.config,
  }
}
