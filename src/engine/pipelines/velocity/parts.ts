import type { TextEncoder } from '../../models/minilm'
import type { Autoencoder } from '../../models/vae/autoencoder'
import type { Denoiser } from '../../runtime/denoiser'
import type { SchedulerConfig } from '../../schedulers/flow-match-euler'

/** The networks of a model that predicts rectified flow's velocity. */
export interface VelocityParts {
  readonly text: TextEncoder
  readonly autoencoder: Autoencoder
  readonly denoiser: Denoiser
  readonly scheduler: SchedulerConfig
}
