import { flushSync } from 'react-dom'
import { startEditing } from '../actions/layers'
import type { Layer } from '../project/project'

/** A layer's words in the panel, and the keyboard in them. */
export function editWords(layer: Layer): void {
  flushSync(() => startEditing(layer))
  document.getElementById('instruction')?.focus()
}
