import { defaultsOf, type ModelDescription } from '../engine/pipelines/model-description'
import type { PhotoDoodle } from '../engine/pipelines/photo-doodle'
import type { ModelStatus } from './engine-api'
import type { StoredModel } from './model-storage'

/** Id of the model that comes with the app. */
export const EMBEDDED = 'nano'

/** @param engine the model, once it is open */
export function embeddedStatus(model: ModelDescription, engine?: PhotoDoodle): ModelStatus {
  const { name, version, execution, prediction } = model
  return {
    id: EMBEDDED,
    name,
    version,
    loaded: engine !== undefined,
    streamed: execution === 'blocks',
    prediction,
    precision: engine?.precision ?? null,
    defaults: defaultsOf(model),
    storedBytes: null,
  }
}

export function storedStatus({ id, bytes, description }: StoredModel, engine?: PhotoDoodle): ModelStatus {
  return { ...embeddedStatus(description, engine), id, storedBytes: bytes }
}
