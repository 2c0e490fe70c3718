import { resolutionOf } from '../engine/image/fit-size'
import type { ModelDescription } from '../engine/pipelines/model-description'
import type { PhotoDoodle } from '../engine/pipelines/photo-doodle'
import type { ModelStatus } from './engine-api'
import type { StoredModel } from './model-storage'

/** Id of the model that comes with the app. */
export const EMBEDDED = 'nano'

/** @param engine the model, once it is open */
export function embeddedStatus(model: ModelDescription, engine?: PhotoDoodle): ModelStatus {
  const { name, version, execution, defaults: { steps, cfgScale } } = model
  return {
    id: EMBEDDED,
    name,
    version,
    loaded: engine !== undefined,
    streamed: execution === 'blocks',
    precision: engine ? { use: engine.precision.precision, reason: engine.precision.reason } : null,
    defaults: { steps, cfgScale, resolution: model.prediction === 'layer' ? null : resolutionOf(model.defaults.tokens) },
    storedBytes: null,
  }
}

export function storedStatus({ id, bytes, description }: StoredModel, engine?: PhotoDoodle): ModelStatus {
  return { ...embeddedStatus(description, engine), id, storedBytes: bytes }
}
