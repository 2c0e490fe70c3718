import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { importedExamples, styleCopy } from './strings'
import type { Capabilities, EditProgress, EditResult, LoadProgress, ModelStatus, RgbaBuffer, StyleInfo, StyleUse } from '../workers/engine-api'

export interface Photo {
  readonly url: string
  readonly name: string
  /** Pixels at full resolution, upright. */
  readonly width: number
  readonly height: number
  /** What is on it, for the examples: "cat". */
  readonly subject: string | null
  /** An idea that came with a sample photo. */
  readonly suggestion: string | null
}

export interface Sample {
  readonly file: string
  readonly title: string
  readonly subject: string
  readonly alt: string
  readonly credit: string
  readonly licence: string
  readonly source: string
  readonly suggestedInstruction: string
}

export interface Running {
  readonly phase: EditProgress['phase']
  readonly step: number
  readonly steps: number
  /** Whole seconds, or null until the first step has been timed. */
  readonly secondsLeft: number | null
  readonly preview: RgbaBuffer | null
  readonly stopping: boolean
}

export interface Outcome extends EditResult {
  readonly styleId: string | null
  readonly photoName: string
  readonly seconds: number
}

export interface Toast {
  readonly id: number
  readonly kind: 'error' | 'info'
  /** The error's name; tests and support ask for it. */
  readonly name: string
  readonly title: string
  readonly message: string
}

export type EngineState =
  | { readonly status: 'starting' }
  | { readonly status: 'loading'; readonly progress: LoadProgress | null }
  | { readonly status: 'ready' }
  | { readonly status: 'failed'; readonly message: string }

export interface EditorState {
  readonly engine: EngineState
  readonly capabilities: Capabilities | null
  readonly model: ModelStatus | null
  readonly styles: readonly StyleInfo[]
  readonly samples: readonly Sample[]
  readonly photo: Photo | null
  readonly opening: boolean
  readonly importing: boolean
  readonly styleId: string | null
  /** What the user typed; null while the suggestion for the chosen style stands in the box. */
  readonly typed: string | null
  readonly seed: number
  readonly seedLocked: boolean
  /** Null: the model's own default. */
  readonly steps: number | null
  readonly strength: number
  /** A second style to draw with, and how strongly. */
  readonly mixId: string | null
  readonly mixStrength: number
  readonly running: Running | null
  readonly outcome: Outcome | null
  readonly exporting: 'result' | 'layer' | 'copy' | null
  readonly toasts: readonly Toast[]
  /** What assistive technology is told, politely. */
  readonly announcement: string
}

export const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

export const editor = createStore<EditorState>()(() => ({
  engine: { status: 'starting' },
  capabilities: null,
  model: null,
  styles: [],
  samples: [],
  photo: null,
  opening: false,
  importing: false,
  // The first card, until the model's own list is read.
  styleId: Object.keys(styleCopy)[0] ?? null,
  typed: null,
  seed: randomSeed(),
  seedLocked: false,
  steps: null,
  strength: 1,
  mixId: null,
  mixStrength: 0.5,
  running: null,
  outcome: null,
  exporting: null,
  toasts: [],
  announcement: '',
}))

/** Ideas that fit the chosen style and what is on the photo; the first one stands in the box until something is typed. */
export function ideas({ styleId, photo }: Pick<EditorState, 'styleId' | 'photo'>): readonly string[] {
  const templates = styleCopy[styleId ?? '']?.examples ?? importedExamples
  const own = templates.map((template) => template.replaceAll('{subject}', photo?.subject ?? 'subject'))
  return photo?.suggestion == null ? own : [...own, photo.suggestion]
}

export function instructionOf(state: Pick<EditorState, 'typed' | 'styleId' | 'photo'>): string {
  return state.typed ?? ideas(state)[0] ?? ''
}

/** The chosen style and the one mixed in, which may have been chosen or deleted since. */
export function stylesInUse({ styles, styleId, strength, mixId, mixStrength }: Pick<EditorState, 'styles' | 'styleId' | 'strength' | 'mixId' | 'mixStrength'>): readonly StyleUse[] {
  const mixed = mixId !== styleId && styles.some(({ id }) => id === mixId)
  return [
    ...(styleId === null ? [] : [{ id: styleId, strength }]),
    ...(mixed && mixId !== null ? [{ id: mixId, strength: mixStrength }] : []),
  ]
}

export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(editor, select)
}
