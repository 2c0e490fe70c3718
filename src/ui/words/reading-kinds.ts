/** What an instruction is understood as, before anything is drawn. */
export type Reading =
  | { readonly kind: 'plain'; readonly english: string }
  /** Translated; `left` are words that were not understood. */
  | { readonly kind: 'translated'; readonly english: string; readonly left: readonly string[] }
  /** It names a thing that the model has not learnt. */
  | { readonly kind: 'unknown'; readonly english: string; readonly word: string; readonly nearest: readonly string[] }
  | { readonly kind: 'empty' }
  /** What a model that only adds cannot do. */
  | { readonly kind: 'cannot'; readonly act: Act }
  /** Nothing of it is understood. */
  | { readonly kind: 'foreign'; readonly left: readonly string[] }

export type Act = 'remove' | 'recolour' | 'turn' | 'adjust'
