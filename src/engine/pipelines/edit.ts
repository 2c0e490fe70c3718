/**
 * What an edit is asked for, what it tells on the way, and what comes of it: the same for every kind of model. The
 * request goes from the
 * screen or the command line to the pipeline unchanged, and all of it can be cloned to a worker.
 */
import type { How, Limits, Settled } from '../core/settings'
import type { Tensor } from '../core/tensor'
import type { Element, ElementKind } from '../image/element'
import type { Place } from '../image/place'
import type { RegionMask } from '../image/region'
import type { RgbaImage } from '../image/rgba-image'
import type { Subject } from '../models/matte'
import type { Checkpoint } from '../runtime/sampler/denoiser'
import type { StyleUse } from './style-set'

/** Something to be drawn, and where: what a layout model finds, or the caller says. */
export interface ElementPlan {
  /**
   * Where the thing itself goes, as shares of the photo's sides; it may reach outside. Of kind `whole`: all of the
   * photo.
   */
  readonly box: Place
  readonly kind: ElementKind
  /** Its own words alone: "a pink furry monster". */
  readonly words: string
  /**
   * Which of the seed's noises it is drawn from, 0 to 65535; absent: its place in the list. So one of several things is
   * drawn again alone, from what it was drawn from.
   */
  readonly noise?: number
}

export interface EditRequest {
  readonly what: What
  readonly where?: Where
  /** Settings of core/settings.ts by name; those left out are the model's or the table's. */
  readonly how: How
  readonly limits?: Limits
}

export interface What {
  /** In English, at most 2000 characters; the styles' trigger words are added where they are missing. */
  readonly instruction: string
  /** Up to four to mix, each at its own strength; none for the bare editor without an EditLoRA. */
  readonly styles: readonly StyleUse[]
}

/** Absent entries leave it to the model. */
export interface Where {
  /** Doodle only here: no sample of the photo changes outside it. Its box is where a layer model draws. */
  readonly region?: RegionMask
  /**
   * A former instruction whose doodle's layout is kept: give the same photo, styles, seed and steps as for that one,
   * and an instruction
   * with a word or two changed. Boxes and noise stay (layer), or what attends to what (velocity: Prompt-to-Prompt, up
   * to twice as long).
   */
  readonly layoutOf?: string
  /** What to draw, and where, instead of what the model would lay out. Layer only. */
  readonly elements?: readonly ElementPlan[]
  /** The subject's share of each pixel, 0..255, over all of the photo, in place of the one found. Layer only. */
  readonly matte?: RegionMask
}

/** What an edit is drawn on, and who is told of it: what does not go through a worker's door with the request. */
export interface EditContext {
  /** The original, with visible doodles on it; its samples outside the new doodle come back unchanged. */
  readonly photo: RgbaImage
  /**
   * The subject of the original, as a matting model finds it; found on `photo` when absent and the model asks for it.
   */
  readonly subject?: Subject
  /** Asked between calls and steps; true ends the edit with a `Cancelled` error. */
  readonly isCancelled?: () => boolean
  /**
   * Awaited, so that a worker can let the event loop turn between steps: the CPU provider's runs never do by
   * themselves.
   */
  readonly onProgress?: (progress: EditProgress) => void | Promise<void>
  /**
   * Given the packed latents [N, channels] after each step (1, 2, ...), which are read back for it only. Velocity only.
   */
  readonly onLatents?: (latents: Tensor, step: number) => void | Promise<void>
  /**
   * What {@link onLatents} was last given by the same edit, which was broken off: it goes on from there. Velocity only;
   * an edit that keeps another's layout begins anew.
   */
  readonly from?: Checkpoint
}

/** What every call of an edit is given: the request with all of its settings decided, and the photo. */
export interface Edit extends What, Where, Pick<EditContext, 'photo' | 'subject' | 'onLatents' | 'from'> {
  readonly settings: Settled
}

/** Awaited after each step of a call (1, 2, ...); it may throw to stop. */
export type OnStep = (step: number, preview?: RgbaImage) => Promise<void>

/** What an edit does, in order; models without a layout skip that. */
export type Phase = 'prepare' | 'layout' | 'draw' | 'decode' | 'composite'

export interface EditProgress {
  readonly phase: Phase
  /** Steps done so far. */
  readonly step: number
  readonly steps: number
  /** The predicted result so far at 1/8 of the model's resolution, opaque; of models that draw on the whole photo. */
  readonly preview?: RgbaImage
}

/** What one kind of model makes of a request; the rest is the same for all. */
export interface Drawn {
  /** Bottom to top; not yet kept inside the region. None where nothing was found to draw. */
  readonly elements: readonly Element[]
  /** What the text encoder read. */
  readonly prompt: string
  /** The subject that elements go behind; absent for models whose elements are wholly in front. */
  readonly subject?: Subject
}

export interface Drawing extends Drawn {
  /** Whether next to nothing of it can be seen, where it may be. */
  readonly empty: boolean
  readonly seed: number
  readonly steps: number
  /** Milliseconds spent in each phase; `total` is everything. */
  readonly millis: Readonly<Record<Phase | 'total', number>>
}

export interface EditOutcome extends Drawing {
  /** What is seen of the elements at full resolution, straight alpha; alpha 0 outside them. */
  readonly layer: RgbaImage
  /** The layer over the photo. */
  readonly result: RgbaImage
  /** Share of the picture that the layer covers, in [0, 1]. */
  readonly coverage: number
}
