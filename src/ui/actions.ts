import { EngineClient, isEngineError } from '../workers/engine-client'
import type { EditProgress, ProviderName } from '../workers/engine-api'
import { downloadBlob, fileStem } from './download'
import { strings } from './strings'
import { editor, instructionOf, randomSeed, stylesInUse, type Photo, type Sample } from './store'
import { stepTimer } from './step-timer'

const engine = new EngineClient(forcedProvider())
let running: AbortController | undefined
let toastCount = 0

/** `?provider=wasm` or `?provider=webgpu` overrides the choice, for tests and for support. */
function forcedProvider(): { provider?: ProviderName } {
  const provider = new URLSearchParams(location.search).get('provider')
  return provider === 'wasm' || provider === 'webgpu' ? { provider } : {}
}

/** Starts the engine behind the page: provider, styles, then the model, so that the first doodle need not wait. */
export async function startEngine(): Promise<void> {
  editor.setState({ engine: { status: 'starting' } })
  try {
    const [capabilities, [model = null], styles] = await Promise.all([engine.start(), engine.models(), engine.styles()])
    editor.setState(({ styleId }) => ({
      capabilities,
      model,
      styles,
      styleId: styles.some((style) => style.id === styleId) ? styleId : (styles[0]?.id ?? null),
      engine: { status: 'loading', progress: null },
    }))
    const loaded = await engine.load((progress) => editor.setState(({ engine: state }) => (state.status === 'loading' ? { engine: { status: 'loading', progress } } : {})))
    editor.setState({ model: loaded, engine: { status: 'ready' } })
  } catch (error) {
    editor.setState({ engine: { status: 'failed', message: error instanceof Error ? error.message : String(error) } })
    showError(error)
  }
}

/** The list is optional: without it the page simply shows no samples. */
export async function loadSamples(): Promise<void> {
  const response = await fetch(`${import.meta.env.BASE_URL}samples/samples.json`).catch(() => undefined)
  if (response?.ok !== true) return
  editor.setState({ samples: (await response.json()) as Sample[] })
}

/** What was dropped, pasted or picked: a style when its name says so, or else a photo. The first of several counts. */
export async function openFiles(files: Iterable<File>): Promise<void> {
  const [file] = files
  if (file === undefined) return
  await (file.name.toLowerCase().endsWith('.safetensors') ? importStyle(file) : openPhoto(file, file.name))
}

export async function openSample(sample: Sample): Promise<void> {
  editor.setState({ opening: true })
  try {
    const response = await fetch(`${import.meta.env.BASE_URL}samples/${sample.file}`)
    if (!response.ok) throw new Error(`The sample photo answered ${response.status}.`)
    await openPhoto(await response.blob(), sample.file, { subject: sample.subject, suggestion: sample.suggestedInstruction })
  } catch (error) {
    showError(error)
  } finally {
    editor.setState({ opening: false })
  }
}

async function openPhoto(file: Blob, name: string, known: Pick<Photo, 'subject' | 'suggestion'> = { subject: null, suggestion: null }): Promise<void> {
  editor.setState({ opening: true })
  try {
    const { width, height } = await engine.openPhoto(file)
    running?.abort()
    const before = editor.getState().photo
    const photo: Photo = { url: URL.createObjectURL(file), name, width, height, ...known }
    editor.setState({ photo, outcome: null })
    if (before !== null) URL.revokeObjectURL(before.url)
  } catch (error) {
    showError(error)
  } finally {
    editor.setState({ opening: false })
  }
}

export async function importStyle(file: File): Promise<void> {
  editor.setState({ importing: true })
  try {
    const style = await engine.importStyle(file, file.name.replace(/\.safetensors$/i, ''))
    editor.setState({ styles: await engine.styles(), styleId: style.id })
    showInfo(strings.toast.styleAdded(style.name))
  } catch (error) {
    showError(error)
  } finally {
    editor.setState({ importing: false })
  }
}

export async function deleteStyle(id: string): Promise<void> {
  try {
    await engine.deleteStyle(id)
    const styles = await engine.styles()
    editor.setState(({ styleId }) => ({ styles, styleId: styles.some((style) => style.id === styleId) ? styleId : (styles[0]?.id ?? null) }))
  } catch (error) {
    showError(error)
  }
}

export async function doodle(): Promise<void> {
  const { photo, running: busy, styleId, seedLocked, steps } = editor.getState()
  if (photo === null || busy !== null) return
  const seed = seedLocked ? editor.getState().seed : randomSeed()
  const abort = new AbortController()
  running = abort
  const started = performance.now()
  const timer = stepTimer()
  editor.setState({ seed, running: { phase: 'encode', step: 0, steps: 0, secondsLeft: null, preview: null, stopping: false }, announcement: strings.progress.encode })
  try {
    const result = await engine.edit({
      styles: stylesInUse(editor.getState()),
      instruction: instructionOf(editor.getState()),
      seed,
      ...(steps === null ? {} : { steps }),
      signal: abort.signal,
      onProgress: (progress) => showProgress(progress, timer(progress)),
    })
    // A photo opened meanwhile has aborted this job; should the result have been faster, it belongs to the other photo.
    abort.signal.throwIfAborted()
    editor.setState({
      outcome: { ...result, styleId, photoName: photo.name, seconds: (performance.now() - started) / 1000 },
      announcement: strings.progress.done,
      engine: { status: 'ready' },
    })
  } catch (error) {
    if (abort.signal.aborted || isEngineError(error, 'Cancelled')) editor.setState({ announcement: strings.progress.cancelled })
    else {
      showError(error)
      // The worker was replaced: load the model again behind the page.
      if (isEngineError(error, 'EngineCrashed') || isEngineError(error, 'DeviceLost') || isEngineError(error, 'RuntimeFailed') || isEngineError(error, 'OutOfMemory')) void startEngine()
    }
  } finally {
    running = undefined
    editor.setState({ running: null })
  }
}

function showProgress({ phase, step, steps, preview }: EditProgress, secondsLeft: number | null): void {
  const { running: current } = editor.getState()
  if (current === null) return
  const announcement = phase === 'denoise' ? strings.progress.denoise(step, steps) : strings.progress[phase]
  editor.setState({ running: { ...current, phase, step, steps, secondsLeft, preview: preview ?? current.preview }, announcement })
}

export function cancel(): void {
  if (running === undefined) return
  running.abort()
  editor.setState(({ running: current }) => (current === null ? {} : { running: { ...current, stopping: true } }))
}

export async function download(what: 'result' | 'layer'): Promise<void> {
  const { outcome } = editor.getState()
  if (outcome === null) return
  await exporting(what, async () => {
    const png = await engine.encodePng(outcome[what])
    downloadBlob(png, `${fileStem(outcome.photoName)}-${what === 'layer' ? 'doodle-only' : 'doodle'}.png`)
  })
}

/** @returns whether the picture is on the clipboard now */
export async function copyResult(): Promise<boolean> {
  const { outcome } = editor.getState()
  if (outcome === null) return false
  // The clipboard takes a promise, so that the permission of the click is not lost while the picture is encoded.
  return exporting('copy', () => navigator.clipboard.write([new ClipboardItem({ 'image/png': engine.encodePng(outcome.result) })]))
}

async function exporting(what: 'result' | 'layer' | 'copy', work: () => Promise<void>): Promise<boolean> {
  editor.setState({ exporting: what })
  try {
    await work()
    return true
  } catch (error) {
    showError(error)
    return false
  } finally {
    editor.setState({ exporting: null })
  }
}

export function closeToast(id: number): void {
  editor.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }))
}

function showInfo(message: string): void {
  const id = ++toastCount
  editor.setState(({ toasts }) => ({ toasts: [...toasts.slice(-2), { id, kind: 'info', name: 'Info', title: message, message: '' }] }))
  setTimeout(() => closeToast(id), 6000)
}

/** Errors stay until they are closed; the same one twice is shown once. */
export function showError(error: unknown): void {
  const name = error instanceof Error ? error.name : 'Error'
  const message = error instanceof Error ? error.message : String(error)
  const toast = { id: ++toastCount, kind: 'error', name, title: strings.errors[name] ?? strings.unexpected, message } as const
  editor.setState(({ toasts }) => ({ toasts: [...toasts.filter((other) => other.message !== message).slice(-2), toast] }))
}
