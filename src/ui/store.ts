// Over 300 lines: the page has one store; what may change together is changed here.
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import {
  defaultOf,
  recipeSettings,
  settingOf,
  SETTINGS,
  type RecipeSetting,
  type RecipeSettings,
  type SettingName,
} from '../workers/engine-api'
import type {
  Capabilities,
  EditProgress,
  InstallProgress,
  LoadProgress,
  Look,
  MaskBuffer,
  ModelStatus,
  RgbaBuffer,
  StyleInfo,
  StyleUse,
} from '../workers/engine-api'
import type { Stroke } from '../workers/strokes'
import { FIRST_DOODLE } from './first-doodle'
import { ideasFor, type Idea } from './i18n'
import { lookAt } from './project/objects'
import { without } from './project/without'
import { emptyProject, shown, type Choice, type Doodle, type Layer, type Project, type Recipe } from './project/project'
import type { ProjectEntry } from './project/project-store'
import type { SavedRecipe } from './project/saved-recipe'
import { newHistory, type History } from './project/history'
import type { SheetHeight } from './sheet/heights'

export interface Photo {
  /** SHA-256 of its file. */
  readonly id: string
  readonly file: Blob
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
  readonly region: readonly Stroke[]
  /** The layer that is drawn anew, or null for a new one. */
  readonly target: string | null
  readonly stopping: boolean
}

export interface Toast {
  readonly id: number
  readonly kind: 'error' | 'info'
  /** The error's name; tests and support ask for it. */
  readonly name: string
  readonly title: string
  readonly message: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** A picture of ours that holds a recipe, while the photo it was made from is not at hand. */
interface WaitingRecipe {
  readonly recipe: SavedRecipe
  readonly file: File
}

/** What the model manager shows. */
export interface Manager {
  /** The one in use first; null until they are known. */
  readonly models: readonly ModelStatus[] | null
  /**
   * What the browser keeps of ours and may keep, in bytes, and whether it promised not to drop it; null where it does
   * not tell.
   */
  readonly storage: { readonly usage: number; readonly quota: number; readonly persisted: boolean } | null
  readonly job: { readonly kind: 'install' | 'verify'; readonly progress: InstallProgress | null } | null
  /** What came of the last thing asked for. */
  readonly outcome: { readonly kind: 'done' | 'error'; readonly name: string; readonly message: string } | null
}

/** The pictures that are kept, while the gallery is open. */
export interface Gallery {
  /** Newest first; null until they are read. */
  readonly entries: readonly ProjectEntry[] | null
  /** Ids of those that another tab has open. */
  readonly elsewhere: readonly string[]
  readonly storage: Manager['storage']
  /** The one deleted last, which can be had back. */
  readonly deleted: ProjectEntry | null
  /** The browser keeps nothing here. */
  readonly failed: boolean
}

export type EngineState =
  | { readonly status: 'starting' }
  | { readonly status: 'loading'; readonly progress: LoadProgress | null }
  | { readonly status: 'ready' }
  | { readonly status: 'failed'; readonly message: string }

/** What the pointer does on the canvas. */
export type Tool =
  | 'move'
  | 'box'
  | 'erase'
  | 'restore'
  | 'region'
  | 'unregion'
  /** Points at the subject. */
  | 'pick'
  | 'subject'
  | 'unsubject'

export interface EditorState {
  readonly engine: EngineState
  readonly capabilities: Capabilities | null
  readonly model: ModelStatus | null
  readonly styles: readonly StyleInfo[]
  readonly samples: readonly Sample[]
  readonly photo: Photo | null
  /** The photo's subject, which elements go behind; null until it is found. */
  readonly matte: MaskBuffer | null
  readonly opening: boolean
  readonly importing: boolean
  readonly styleId: string | null
  /** What the user typed; null while the suggestion for the chosen style stands in the box. */
  readonly typed: string | null
  readonly seed: number
  readonly seedLocked: boolean
  /** Those that were set, by name; the others are the model's own or the table's. */
  readonly settings: RecipeSettings
  readonly strength: number
  /** A second style to draw with, and how strongly. */
  readonly mixId: string | null
  readonly mixStrength: number
  /** How many drawings a doodle makes to choose from. */
  readonly count: 1 | 4
  readonly history: History<Project>
  readonly selectedId: string | null
  /** The selected object is in hand: it has handles, and keys move it. */
  readonly holding: boolean
  /** The layer whose recipe stands in the panel to be changed. */
  readonly editingId: string | null
  /** Which of the two panels a narrow screen shows. */
  readonly tab: 'draw' | 'layers'
  /** How far the panel of a phone is open. */
  readonly sheet: SheetHeight
  readonly tool: Tool
  /** Brush diameter as a share of the photo's longest side. */
  readonly brush: number
  /** The original is looked at while a key or the button is held. */
  readonly comparing: boolean
  readonly running: Running | null
  readonly choice: Choice | null
  readonly exporting: boolean
  /** Another tab has the project; here it is only looked at. */
  readonly readOnly: boolean
  /** Everything on the screen is kept in this browser. */
  readonly saved: boolean
  readonly gallery: Gallery | null
  /** The list of keys is open. */
  readonly helping: boolean
  /** The model manager, while it is open. */
  readonly manager: Manager | null
  /** A recipe that was opened and waits for its photo. */
  readonly waiting: WaitingRecipe | null
  /**
   * Whether everything is on this device: `unavailable` where the browser cannot keep it, `incomplete` when something
   * could not be had.
   */
  readonly offline: 'unavailable' | 'saving' | 'ready' | 'incomplete'
  /** A new version of the app: here, or about to take over once nothing is being drawn. */
  readonly update: 'none' | 'ready' | 'waiting'
  readonly toasts: readonly Toast[]
  /** What assistive technology is told, politely. */
  readonly announcement: string
}

/** Of a second style, until it is set. */
export const MIX_STRENGTH = 0.5

export const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

export const editor = createStore<EditorState>()(() => ({
  engine: { status: 'starting' },
  capabilities: null,
  model: null,
  styles: [],
  samples: [],
  photo: null,
  matte: null,
  opening: false,
  importing: false,
  // The first card, until the model's own list is read.
  styleId: FIRST_DOODLE.style,
  typed: null,
  seed: randomSeed(),
  seedLocked: false,
  settings: {},
  strength: SETTINGS.strength.default,
  mixId: null,
  mixStrength: MIX_STRENGTH,
  count: 1,
  history: newHistory(emptyProject),
  selectedId: null,
  holding: false,
  editingId: null,
  tab: 'draw',
  sheet: 'peek',
  tool: 'move',
  brush: 0.06,
  comparing: false,
  running: null,
  choice: null,
  exporting: false,
  readOnly: false,
  saved: true,
  gallery: null,
  helping: false,
  manager: null,
  waiting: null,
  offline: 'unavailable',
  update: 'none',
  toasts: [],
  announcement: '',
}))

/**
 * Ideas that fit the chosen style and what is on the photo; the first one stands in the box until something is typed.
 */
export function ideas({ styleId, photo }: Pick<EditorState, 'styleId' | 'photo'>): readonly Idea[] {
  const own = ideasFor(styleId, photo?.subject ?? null)
  return photo?.suggestion == null ? own : [...own, { say: photo.suggestion, shown: photo.suggestion }]
}

export function instructionOf(state: Pick<EditorState, 'typed' | 'styleId' | 'photo'>): string {
  return state.typed ?? ideas(state)[0]?.say ?? ''
}

/** The chosen style and the one mixed in, which may have been chosen or deleted since. */
function stylesInUse({
  styles,
  styleId,
  strength,
  mixId,
  mixStrength,
}: Pick<EditorState, 'styles' | 'styleId' | 'strength' | 'mixId' | 'mixStrength'>): readonly StyleUse[] {
  const mixed = mixId !== styleId && styles.some(({ id }) => id === mixId)
  return [
    ...(styleId === null ? [] : [{ id: styleId, strength }]),
    ...(mixed && mixId !== null ? [{ id: mixId, strength: mixStrength }] : []),
  ]
}

/** Sets what a slider shows. At the end of a range that is the model's own, it goes with the model. */
export function setSetting(name: RecipeSetting, value: number): void {
  editor.setState(({ settings, model }) => {
    const others = Object.fromEntries(Object.entries(settings).filter(([other]) => other !== name))
    return { settings: isModelsOwn(name, value, model) ? others : { ...others, [name]: value } }
  })
}

/** Those that say something: a model opened since may know less, or have been trained on less. */
function settingsInUse({ settings, model }: Pick<EditorState, 'settings' | 'model'>): RecipeSettings {
  const says = (name: RecipeSetting, value: number): boolean => {
    const { fromModel = false, default: usual } = settingOf(name)
    return (
      (model === null || isKnown(name, model)) && (fromModel || value !== usual) && !isModelsOwn(name, value, model)
    )
  }
  return Object.fromEntries(
    recipeSettings.flatMap((name) =>
      settings[name] !== undefined && says(name, settings[name]) ? [[name, settings[name]]] : [],
    ),
  )
}

/** Whether the model has a vocabulary that its words are compared with: one that only adds, and that we trained. */
export function isVerbal({ model }: Pick<EditorState, 'model'>): boolean {
  return model === null || model.prediction === 'layer'
}

/** Whether a model of this kind has the setting. */
export function isKnown(name: SettingName, { prediction }: Pick<ModelStatus, 'prediction'>): boolean {
  return (settingOf(name).models ?? prediction) === prediction
}

function isModelsOwn(name: SettingName, value: number, model: ModelStatus | null): boolean {
  return (
    settingOf(name).slider?.max === 'model' && value >= (model === null ? 0 : (defaultOf(name, model.defaults) ?? 0))
  )
}

/** What the panel asks for. */
export function recipeOf(state: EditorState): Recipe {
  return {
    styles: stylesInUse(state),
    instruction: instructionOf(state),
    ...settingsInUse(state),
    region: state.history.present.region,
  }
}

/** The object in hand; it must be seen. */
export function heldLayer({
  holding,
  selectedId,
  history: { present },
  tool,
  running,
  choice,
  readOnly,
}: EditorState): Layer | undefined {
  if (!holding || tool !== 'move' || running !== null || choice !== null || readOnly) return undefined
  return shown(present.layers).find(({ id }) => id === selectedId)
}

/** The visible layers, with the drawing that is being chosen in its place. */
export function shownLayers({
  history: { present },
  choice,
  running,
  photo,
}: Pick<EditorState, 'history' | 'choice' | 'running' | 'photo'>): readonly Layer[] {
  const doodle = choice?.doodles[choice.shown]
  if (choice === null || doodle === undefined || running?.preview != null) return shown(present.layers)
  return layersWith(choice, doodle, present, photo)
}

/** How a drawing to choose from looks in the place of the layer that it would replace. */
export function choiceLook(
  { target, recipe }: Pick<Choice, 'target' | 'recipe'>,
  doodle: Doodle,
  { layers }: Project,
  photo: Photo | null,
): Look | undefined {
  const layer = layers.find(({ id }) => id === target)
  return layer === undefined || photo === null ? undefined : lookAt(layer, doodle, photo, recipe.instruction)
}

/** The visible layers, with a drawing to choose from in its place. */
export function layersWith(
  choice: Pick<Choice, 'recipe' | 'target'>,
  doodle: Doodle,
  present: Project,
  photo: Photo | null,
): readonly Layer[] {
  // An id for each drawing, so that looking from one to the other fetches none twice.
  const tried: Layer = {
    id: `choice ${doodle.id}`,
    recipe: choice.recipe,
    doodle,
    others: [],
    visible: true,
    opacity: 1,
    erased: [],
  }
  if (choice.target === null) return [...shown(present.layers), tried]
  return shown(
    present.layers.map((layer) => {
      if (layer.id !== choice.target) return layer
      const rest = without(layer, 'look')
      const look = choiceLook(choice, doodle, present, photo)
      return { ...rest, id: tried.id, recipe: choice.recipe, doodle, ...(look === undefined ? {} : { look }) }
    }),
  )
}

export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(editor, select)
}
