import type { FullReport } from '../engine/checks/bench/run'
import type { Capabilities, ProviderName } from './engine-api'

export type { Cost } from '../engine/checks/bench/clock'
export type { FullReport } from '../engine/checks/bench/run'

export interface BenchAsked {
  /** Default: what the editor would choose. */
  readonly provider?: ProviderName
  readonly runs: number
  /** Also tokens, steps, objects and megapixels: some minutes. */
  readonly growth: boolean
}

export interface BenchAnswer {
  readonly capabilities: Capabilities
  readonly report: FullReport
}

/** The door of the bench's own worker: the checks of `photodoodle bench` where the editor draws. */
export interface BenchApi {
  /** @throws NoProvider, and every error of loading and drawing */
  run(asked: BenchAsked, onProgress: (what: string) => void): Promise<BenchAnswer>
}
