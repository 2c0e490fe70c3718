import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { openManifest } from '../formats/manifest'
import type { WeightStore } from '../formats/weight-store'
import { alphaGainIn, loraTitle } from '../lora/lora-metadata'
import type { ModelDescription } from './model-description'
import { withTriggers, type TriggerWords } from './prompt'

/** A style at its strength. */
export interface StyleUse {
  readonly id: string
  /** 0 = off, 1 = as trained. */
  readonly strength: number
}

/** What a style changes, and how much of it is wanted. */
export interface StrongAdapter<A> {
  readonly adapter: A
  readonly strength: number
}

/** What an edit needs of a {@link StyleSet}. */
export interface Styles {
  add(id: string, store: WeightStore): Promise<void>
  readAhead(): Promise<void>
  use(uses: readonly StyleUse[]): Promise<void>
  prompt(instruction: string, uses: readonly StyleUse[]): string
  steps(uses: readonly StyleUse[]): number | undefined
  alphaGain(uses: readonly StyleUse[]): number | undefined
}

/** What a style does to an edit besides changing weights. */
interface StyleWords extends TriggerWords {
  /** Steps a distilled LoRA asks for. */
  readonly steps?: number
  /** See model-description.ts. */
  readonly alphaGain?: number
}

/**
 * The styles one model can use: its own, read when first asked for, and those added from files. They stay in memory,
 * except a
 * `sequential` model's (2.9 GB each for FLUX.1-dev): of those only the ones in use do, and others are read again.
 */
export class StyleSet<A> implements Styles {
  private readonly adapters = new Map<string, Promise<A>>()
  private readonly added = new Map<string, WeightStore>()
  private readonly words: Map<string, StyleWords>

  /**
   * @param reading a style's file as what the model's networks take
   * @param apply makes these the active ones
   */
  constructor(
    private readonly model: Pick<ModelDescription, 'styles' | 'sequential'>,
    private readonly tree: FileTree,
    private readonly reading: (store: WeightStore) => Promise<A>,
    private readonly apply: (list: readonly StrongAdapter<A>[]) => Promise<void>,
  ) {
    this.words = new Map(model.styles.map((style) => [style.id, style]))
  }

  /**
   * Adds or replaces a style from a LoRA file.
   * @throws BadLora when it does not fit the model
   */
  async add(id: string, store: WeightStore): Promise<void> {
    const adapter = await this.reading(store)
    this.added.set(id, store)
    this.adapters.set(id, Promise.resolve(adapter))
    const { trigger = '' } = loraTitle(store.config)
    const alphaGain = alphaGainIn(store.config)
    this.words.set(id, { trigger, triggerUse: 'suffix', nouns: [], ...(alphaGain === undefined ? {} : { alphaGain }) })
  }

  /** Reads the model's own styles one by one, so that the first use of each takes no longer than later ones. */
  async readAhead(): Promise<void> {
    for (const { id } of this.model.styles) await this.adapter(id)
  }

  /** @throws UnknownStyle when one is neither built in nor added */
  async open(uses: readonly StyleUse[]): Promise<readonly StrongAdapter<A>[]> {
    const active = this.active(uses)
    // Before others are read, so that there is room for them.
    if (this.model.sequential)
      for (const known of this.adapters.keys()) if (!active.some(({ id }) => id === known)) this.adapters.delete(known)
    return Promise.all(active.map(async ({ id, strength }) => ({ adapter: await this.adapter(id), strength })))
  }

  async use(uses: readonly StyleUse[]): Promise<void> {
    await this.apply(await this.open(uses))
  }

  /** The instruction with the trigger word of every style in it; one at strength 0 says nothing. */
  prompt(instruction: string, uses: readonly StyleUse[]): string {
    return withTriggers(instruction, this.wordsOf(uses))
  }

  /** Steps the styles ask for, the fewest of several; undefined when none does. */
  steps(uses: readonly StyleUse[]): number | undefined {
    const asked = this.wordsOf(uses).flatMap(({ steps }) => steps ?? [])
    return asked.length === 0 ? undefined : Math.min(...asked)
  }

  /** What the styles want alpha steepened by, the least of several: none loses softness; undefined: as the model. */
  alphaGain(uses: readonly StyleUse[]): number | undefined {
    const asked = this.wordsOf(uses).flatMap(({ alphaGain }) => alphaGain ?? [])
    return asked.length === 0 ? undefined : Math.min(...asked)
  }

  /** Those that do anything, in the order of the model's cards: a mix is the same, whichever style is named first. */
  private active(uses: readonly StyleUse[]): StyleUse[] {
    const order = [...this.words.keys()]
    return uses.filter(({ strength }) => strength !== 0).sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
  }

  private wordsOf(uses: readonly StyleUse[]): StyleWords[] {
    return this.active(uses).flatMap(({ id }) => this.words.get(id) ?? [])
  }

  private adapter(id: string): Promise<A> {
    const known = this.adapters.get(id)
    if (known !== undefined) return known
    const read = this.read(id)
    this.adapters.set(id, read)
    // What could not be read is asked for anew.
    read.catch(() => this.adapters.delete(id))
    return read
  }

  private async read(id: string): Promise<A> {
    const added = this.added.get(id)
    if (added !== undefined) return this.reading(added)
    const builtIn = this.model.styles.find((style) => style.id === id)
    if (builtIn === undefined)
      throw new PhotodoodleError(
        'UnknownStyle',
        `There is no style "${id}".`,
        `Choose one of ${[...this.words.keys()].join(', ')}.`,
      )
    return this.reading(await openManifest(this.tree, builtIn.path))
  }
}
