/** Undo and redo over immutable states: a state is kept whole, and what two states share exists once. */
export interface History<State> {
  readonly past: readonly Step<State>[]
  readonly present: State
  /** Next redo first. */
  readonly future: readonly Step<State>[]
}

interface Step<State> {
  readonly state: State
  /** The change between this state and its neighbour towards the present. */
  readonly change: string
  /** Changes with the same key, one right after the other, are undone as one. */
  readonly merge: string | null
}

/** Steps kept; older ones are forgotten. */
const LIMIT = 200

export function newHistory<State>(present: State): History<State> {
  return { past: [], present, future: [] }
}

/**
 * Makes `next` the present. What was undone is forgotten. An unchanged state is no step.
 * @param change names the change, for "Undo ..."
 * @param merge e.g. "opacity of layer 3": a slider's hundred values become one step
 */
export function record<State>(
  history: History<State>,
  next: State,
  change: string,
  merge: string | null = null,
): History<State> {
  if (next === history.present) return history
  const last = history.past.at(-1)
  const continues = merge !== null && last?.merge === merge && history.future.length === 0
  const past = continues ? history.past : [...history.past.slice(1 - LIMIT), { state: history.present, change, merge }]
  return { past, present: next, future: [] }
}

export function undo<State>({ past, present, future }: History<State>): History<State> {
  const step = past.at(-1)
  if (step === undefined) return { past, present, future }
  return { past: past.slice(0, -1), present: step.state, future: [{ ...step, state: present }, ...future] }
}

export function redo<State>({ past, present, future }: History<State>): History<State> {
  const [step, ...rest] = future
  if (step === undefined) return { past, present, future }
  // Undone and redone, a step is finished: the next change does not merge into it.
  return { past: [...past, { state: present, change: step.change, merge: null }], present: step.state, future: rest }
}
