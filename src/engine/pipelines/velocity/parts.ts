import type { TextEncoder } from '../../models/minilm'
import type { Autoencoder } from '../../models/vae/autoencoder'
import type { Denoiser } from '../../runtime/sampler/denoiser'
import type { SchedulerConfig } from '../../schedulers/flow-match-euler'
import type { VelocityModelDescription } from '../model-description'
import type { Styles } from '../style-set'

/** The networks of a model that predicts rectified flow's velocity. */
export interface VelocityParts {
  readonly text: TextEncoder
  readonly autoencoder: Autoencoder
  readonly denoiser: Denoiser
  readonly scheduler: SchedulerConfig
}

/** A model that predicts a velocity with all that it names open. */
export interface LoadedVelocity {
  readonly prediction: 'velocity'
  readonly model: VelocityModelDescription
  readonly parts: VelocityParts
  readonly styles: Styles
}
