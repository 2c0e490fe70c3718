import type { ProviderName } from '../../workers/engine-api'
import { EngineClient } from '../../workers/engine-client'
import { strings } from '../i18n'
import { keepModel, keptModel } from '../models/kept-model'
import { editor, type EditorState, type Sample } from '../store'
import { showError, showInfo } from './toasts'

export const engine = new EngineClient(forcedProvider())

/** `?provider=wasm` or `?provider=webgpu` overrides the choice, for tests and for support. */
function forcedProvider(): { provider?: ProviderName } {
  const provider = new URLSearchParams(location.search).get('provider')
  return provider === 'wasm' || provider === 'webgpu' ? { provider } : {}
}

/** Starts the engine behind the page: provider, styles, then the model, so that the first doodle need not wait. */
export async function startEngine(): Promise<void> {
  editor.setState({ engine: { status: 'starting' } })
  try {
    await returnToKeptModel()
    const [capabilities, [model = null], styles] = await Promise.all([engine.start(), engine.models(), engine.styles()])
    editor.setState((state) => ({
      capabilities,
      model,
      styles,
      styleId: stillThere(state.styleId, styles),
      engine: { status: 'loading', progress: null },
    }))
    const loaded = await engine.load((progress) =>
      editor.setState(({ engine: state }) =>
        state.status === 'loading' ? { engine: { status: 'loading', progress } } : {},
      ),
    )
    editor.setState({ model: loaded, engine: { status: 'ready' } })
  } catch (error) {
    editor.setState({ engine: { status: 'failed', message: error instanceof Error ? error.message : String(error) } })
    showError(error)
  }
}

/** The model chosen on an earlier visit; the embedded one takes its place when it is gone. */
async function returnToKeptModel(): Promise<void> {
  const kept = keptModel()
  if (kept === null) return
  await engine.useModel(kept).catch((error: unknown) => {
    keepModel(null)
    showError(error)
  })
}

/** The list is optional: without it the page simply shows no samples. */
export async function loadSamples(): Promise<void> {
  const response = await fetch(`${import.meta.env.BASE_URL}samples/samples.json`).catch(() => undefined)
  if (response?.ok !== true) return
  editor.setState({ samples: (await response.json()) as Sample[] })
}

/** @param adapterConfig PEFT's adapter_config.json that lay beside it */
export async function importStyle(
  file: File,
  name = file.name.replace(/\.(?:safetensors|sft)$/i, ''),
  adapterConfig?: File,
): Promise<void> {
  editor.setState({ importing: true })
  try {
    const style = await engine.importStyle(file, name, adapterConfig)
    editor.setState({ styles: await engine.styles(), styleId: style.id })
    showInfo(
      strings.toast.styleAdded(style.name),
      (style.leftOut ?? 0) > 0 ? strings.toast.keysLeftOut(style.leftOut ?? 0) : '',
    )
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
    editor.setState(({ styleId }) => ({ styles, styleId: stillThere(styleId, styles) }))
  } catch (error) {
    showError(error)
  }
}

function stillThere(styleId: string | null, styles: EditorState['styles']): string | null {
  return styles.some((style) => style.id === styleId) ? styleId : (styles[0]?.id ?? null)
}
