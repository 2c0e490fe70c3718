import type { Adapter } from '../../lora/adapter'
import type { ConditionedConfig } from '../../models/conditioned/config'
import type { ConditionedNetwork } from '../../runtime/network/conditioned-network'
import type { StrongAdapter } from '../style-set'

/** An open network that styles change. */
export class Adapted {
  constructor(
    readonly config: ConditionedConfig,
    protected readonly network: ConditionedNetwork,
  ) {}

  /** Replaces the active styles; an empty list gives the bare network. */
  setAdapters(list: readonly StrongAdapter<Adapter>[]): Promise<void> {
    return this.network.setAdapters(list)
  }

  dispose(): Promise<void> {
    return this.network.dispose()
  }
}
