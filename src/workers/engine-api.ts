import type { ErrorName as EngineErrorName } from '../engine/core/errors'
import type { ModelDefaults } from '../engine/core/settings'
import type { Element } from '../engine/image/element'
import type { RegionMask } from '../engine/image/region'
import type { RgbaImage } from '../engine/image/rgba-image'
import type { Drawing, EditProgress as PipelineProgress, EditRequest, ElementPlan } from '../engine/pipelines/edit'
import type { ModelDescription, StyleDescription } from '../engine/pipelines/model-description'
import type { AttentionVerdict } from '../engine/runtime/network/attention-selftest'
import type { Checkpoint } from '../engine/runtime/sampler/contract'
import type { PrecisionVerdict } from '../engine/runtime/network/precision-selftest'

export type { ElementKind } from '../engine/image/element'
export type { Place } from '../engine/image/place'
export { placesWithin } from '../engine/image/places'
export { mainColour } from '../engine/image/main-colour'
export type { Recolouring, Rgb } from '../engine/image/recolour'
export { BLENDS, DEPTHS, lookAffine, placeShown, type Look } from '../engine/image/look'
export { applied, AS_DRAWN, inverse, pivotOf, type Affine, type Pose } from '../engine/image/pose'
export type { EditRequest, ElementPlan, What, Where } from '../engine/pipelines/edit'
export { movedSpan } from '../engine/pipelines/layer/moved-span'
export type { StyleUse } from '../engine/pipelines/style-set'
export * from '../engine/core/settings'

/**
 * The door between the screen and the engine: everything that crosses the worker boundary, as types.
 *
 * Rules of the boundary:
 * - All values are structured-cloneable. Pixel buffers are transferred, never copied, except where a method says so.
 * - Errors cross by `name` (classes do not survive the crossing); their message ends with what to do next. Callers
 *   branch on `name`, see {@link ErrorName}.
 * - Long calls take a `jobId` chosen by the caller; {@link EngineApi.cancel} names it. Work stops between steps.
 */

/** Names of errors that can come out of any call. `EngineCrashed` is made by the client when the worker dies. */
export type ErrorName = EngineErrorName | 'EngineCrashed'

/** Where the network runs. */
export type ProviderName = 'webgpu' | 'wasm'

/** The three onnxruntime-web builds, in the order they are tried. */
export type RuntimeBuild = 'jspi' | 'asyncify' | 'wasm'

export interface EngineOptions {
  /** Runs on this provider or fails with `NoProvider`; left out, the best one that works is chosen. */
  readonly provider?: ProviderName
  /** Why `provider` is given, for the diagnostics; left out, it was asked for by the user. */
  readonly because?: string
}

/** A provider that was considered before the chosen one, and why it was not taken. */
export interface RefusedProvider {
  readonly build: RuntimeBuild
  readonly provider: ProviderName
  readonly reason: string
}

export interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  /** True for a GPU imitated on the CPU, e.g. SwiftShader. */
  readonly software: boolean
}

export interface Capabilities {
  readonly provider: ProviderName
  readonly build: RuntimeBuild
  /** One sentence: why this provider. */
  readonly reason: string
  readonly refused: readonly RefusedProvider[]
  /** CPU threads of the wasm provider; 1 on WebGPU. */
  readonly threads: number
  /** SharedArrayBuffer is available (the page is cross-origin isolated). */
  readonly isolated: boolean
  readonly adapter: AdapterInfo | null
  /** WebGPU features switched on, e.g. `shader-f16`. */
  readonly features: readonly string[]
  /** WebGPU limits the device was made with, by name. */
  readonly limits: Readonly<Record<string, number>>
  /** The start-up check of the fused attention kernel on this very device. */
  readonly attention: AttentionVerdict
  /** navigator.deviceMemory in GiB (capped by the browser), or null where it is not told. */
  readonly deviceMemory: number | null
}

export interface ModelStatus {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly loaded: boolean
  readonly prediction: ModelDescription['prediction']
  /** What its transformer computes in; null until it is loaded. */
  readonly precision: PrecisionVerdict | null
  readonly defaults: ModelDefaults
  /** Whether its weights are streamed, so that {@link ModelChoice.memoryBudget} counts. */
  readonly streamed: boolean
  /** Bytes in the browser's storage, of models the user installed; null for the embedded one. */
  readonly storedBytes: number | null
}

/** Which model, and how much memory it may take. */
export interface ModelChoice {
  /** From {@link EngineApi.models}. */
  readonly id: string
  /**
   * Most bytes of the transformer's weights and styles at a time, for models that are streamed; the rest is read from
   * storage at every step. Left out: half of navigator.deviceMemory, 4 GiB where that is not told.
   */
  readonly memoryBudget?: number
}

/** One file of a model folder. */
export interface ModelFile {
  /** Relative to the folder that holds model.json, with forward slashes. */
  readonly path: string
  readonly file: Blob
}

export interface InstallProgress {
  /** Bytes that are stored and verified, those of an earlier attempt included. */
  readonly done: number
  readonly total: number
  /** The file just stored; empty at first. */
  readonly file: string
}

export interface LoadProgress {
  /** Bytes received so far. */
  readonly received: number
  /** Bytes expected of the files begun so far. */
  readonly expected: number
}

/** A trigger that is empty is typed by the style's owner. */
export interface StyleInfo extends Pick<StyleDescription, 'id' | 'name' | 'trigger'> {
  readonly imported: boolean
  /** Bytes in the browser's storage, of styles the user brought; null for those that come with the app. */
  readonly storedBytes: number | null
  /** Keys of a file just imported that change a text encoder, which stays as it is; told once. */
  readonly leftOut?: number
}

/** The engine's pictures, elements and masks in buffers of their own, which can be handed over. */
export interface RgbaBuffer extends RgbaImage {
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

export interface ElementBuffer extends Element {
  readonly data: Uint8ClampedArray<ArrayBuffer>
  readonly front?: Uint8Array<ArrayBuffer>
}

export interface MaskBuffer extends RegionMask {
  readonly data: Uint8Array<ArrayBuffer>
}

/** What a request is drawn on, and the name to cancel it by. */
export interface EditJob {
  readonly jobId: string
  /** The photo given to {@link EngineApi.openPhoto}. */
  readonly photoId: string
  /** The picture given to {@link EngineApi.openSource}. */
  readonly sourceId: string
  /** The last checkpoint of the same edit in a worker that was lost: it goes on from there. */
  readonly from?: CheckpointBuffer
}

/** The pipeline's, and before it the model's loading; laying the doodle over the photo is the picture worker's. */
export interface EditProgress extends Omit<PipelineProgress, 'phase' | 'preview'> {
  readonly phase: 'load' | Exclude<PipelineProgress['phase'], 'composite'>
  readonly preview?: RgbaBuffer
  /** Where a velocity model's edit stands, to go on from should this worker be lost. */
  readonly checkpoint?: CheckpointBuffer
}

/** A sampler's checkpoint in a buffer of its own. */
export interface CheckpointBuffer extends Checkpoint {
  readonly latents: { readonly dims: readonly number[]; readonly data: Float32Array<ArrayBuffer> }
}

export interface EditResult extends Omit<Drawing, 'elements' | 'subject'> {
  readonly jobId: string
  readonly elements: readonly ElementBuffer[]
}

export interface EngineApi {
  /**
   * Chooses a provider and opens onnxruntime on it; the first call decides, later calls answer the same. @throws
   * NoProvider
   */
  start(options: EngineOptions): Promise<Capabilities>
  /**
   * The model in use first, then the embedded one and those installed; descriptions are fetched when not known yet.
   * @throws BadModel
   */
  models(): Promise<readonly ModelStatus[]>
  /**
   * Copies a folder that "photodoodle convert" wrote into the browser's storage; the same call goes on after an
   * interruption. Does not wait for edits. `cancel(jobId)` stops it between files.
   * @throws MissingFile, BadModel, BadManifest, BadShard, FileChanged, StorageFull, Cancelled
   */
  installModel(
    jobId: string,
    files: readonly ModelFile[],
    onProgress: (progress: InstallProgress) => void,
  ): Promise<ModelStatus>
  /**
   * Reads an installed model again and compares it with its hashes; what is damaged is forgotten, for the next
   * installation to bring. `cancel(jobId)` stops it between files. @throws MissingFile, BadShard, Cancelled
   */
  verifyModel(jobId: string, id: string, onProgress: (progress: InstallProgress) => void): Promise<void>
  /** Forgets an installed model; the embedded one takes over when it was in use. */
  deleteModel(id: string): Promise<void>
  /**
   * Makes a model the one that `load`, `styles` and `edit` are about; the one before leaves memory. @throws
   * MissingFile, BadModel
   */
  useModel(choice: ModelChoice): Promise<ModelStatus>
  /** Fetches the model and opens it, once. @throws BadModel, BadManifest, BadShard, OutOfMemory */
  load(onProgress: (progress: LoadProgress) => void): Promise<ModelStatus>
  /** The model's own styles in card order, then those imported for it by name. */
  styles(): Promise<readonly StyleInfo[]>
  /**
   * Checks a LoRA `.safetensors` (diffusers, kohya or XLabs names) against the model and stores it, in place of one of
   * the same name. One of more than 16 MB is stored in 8-bit blocks. It is listed again while that model is in use.
   * @param name what to call it when the file does not say
   * @param adapterConfig PEFT's adapter_config.json, where alpha stands
   * @throws BadSafetensors, BadLora, UnsupportedDType for values that are not finite, StorageFull
   */
  importStyle(file: Blob, name: string, adapterConfig?: Blob): Promise<StyleInfo>
  /** Forgets an imported style. @throws UnknownStyle */
  deleteStyle(id: string): Promise<void>
  /** Keeps the photo itself, without doodles, whose subject elements go behind; a new one replaces the one before. */
  openPhoto(id: string, image: RgbaBuffer): Promise<void>
  /**
   * The open photo's subject, found when first asked for: its share of each pixel. @throws BadRequest, BadModel,
   * RuntimeFailed
   */
  matte(photoId: string): Promise<MaskBuffer>
  /**
   * The thing at a place of the open photo, as shares of its sides, alone; null where nothing stands out there.
   * @throws BadRequest, BadModel, RuntimeFailed
   */
  chooseSubject(photoId: string, at: readonly [x: number, y: number]): Promise<MaskBuffer | null>
  /** Keeps the picture that edits are drawn on, under a name of the caller's; a new one replaces the one before. */
  openSource(id: string, image: RgbaBuffer): Promise<void>
  /**
   * Doodles. Loads the model first when needed. @throws BadRequest, UnknownStyle, Cancelled, RuntimeFailed,
   * OutOfMemory, DeviceLost
   */
  edit(job: EditJob, request: EditRequest, onProgress: (progress: EditProgress) => void): Promise<EditResult>
  /**
   * Where {@link edit} would draw what: `where.elements` of a request that draws just that. Of models that predict
   * layers. @throws BadRequest, UnknownStyle, Cancelled, RuntimeFailed, OutOfMemory, DeviceLost
   */
  layout(job: EditJob, request: EditRequest): Promise<readonly ElementPlan[]>
  /** Stops a waiting or running job between steps; unknown ids are ignored, for the job may just have ended. */
  cancel(jobId: string): Promise<void>
}
