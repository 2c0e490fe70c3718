import type { Reading } from '../words/reading-kinds'
import { editor, instructionOf, isVerbal } from '../store'

/** Understands words before anything is drawn of them; the vocabulary comes when it is first needed. */
export async function reading(typed: string): Promise<Reading> {
  const { read } = await import('../words/reading')
  return read(typed, editor.getState().photo?.subject ?? null)
}

/** What the model shall be told; undefined when it cannot draw that, which is said below the words. */
export async function wordsToDraw(typed: string = instructionOf(editor.getState())): Promise<string | undefined> {
  if (typed.trim() === '') return undefined
  if (!isVerbal(editor.getState())) return typed
  const { drawable } = await import('../words/reading')
  return drawable(await reading(typed))
}
