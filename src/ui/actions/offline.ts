import { Workbox } from 'workbox-window'
import type { OfflineReport, ToServiceWorker } from '../../sw/messages'
import { runtimeFiles } from '../../workers/runtime-files'
import { strings } from '../i18n'
import { editor, type EditorState } from '../store'
import { saveNow } from './autosave'
import { engine } from './engine'
import { idle } from './idle'
import { announce, showInfo } from './toasts'

const RELOADED = 'photodoodle-reloaded-for-isolation'

/** In which requests under way are answered. */
const QUIET_MS = 500

let worker: Workbox | undefined

/**
 * Keeps the app on the device, and looks for a new version at every start. Nothing happens where browsers have no
 * service worker.
 */
export async function keepOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  set('saving')
  worker = new Workbox(new URL('sw.js', document.baseURI).href)
  worker.addEventListener('waiting', announceUpdate)
  let controlled = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first one takes charge of the page as it is; one after it is another version.
    void (controlled ? reload() : isolate())
    controlled = true
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void worker?.update().catch(() => undefined)
  })
  try {
    // At once: the page's own downloads are under way, and are not repeated.
    const registration = await worker.register({ immediate: true })
    if (registration === undefined) return set('unavailable')
  } catch {
    return set('unavailable')
  }
  // The runtime that the device uses is known once the engine has started.
  editor.subscribe(({ capabilities }, before) => {
    if (capabilities !== null && capabilities.build !== before.capabilities?.build) void check()
  })
  await check()
}

/** Asks the service worker in charge whether it has everything; it brings what is missing. */
async function check(): Promise<void> {
  const { capabilities } = editor.getState()
  if (worker === undefined || capabilities === null) return
  await navigator.serviceWorker.ready
  const report = await ask({ type: 'KEEP_OFFLINE', urls: Object.values(runtimeFiles(capabilities.build)) })
  const before = editor.getState().offline
  set(report.ready ? 'ready' : 'incomplete')
  if (report.ready && before !== 'ready') announce(strings.offline.ready)
}

function ask(message: ToServiceWorker): Promise<OfflineReport> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<OfflineReport>) => resolve(data)
    void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage(message, [port2]))
  })
}

function announceUpdate(): void {
  editor.setState({ update: 'ready' })
  showInfo(strings.offline.update, strings.offline.updateHint, {
    label: strings.offline.updateNow,
    run: () => void updateNow(),
  })
}

/**
 * The new version takes over as soon as nothing is being drawn or installed, in any tab; the project is saved and comes
 * back.
 */
export async function updateNow(): Promise<void> {
  if (editor.getState().update !== 'ready') return
  editor.setState({ update: 'waiting' })
  await idle(async () => {
    // A request that comes while the old version ends wakes it, and Chromium then keeps it for up to five minutes.
    engine.dispose()
    await saveNow()
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
    worker?.messageSkipWaiting()
    // Until this page is gone nothing begins.
    await new Promise(() => undefined)
  })
}

async function reload(): Promise<void> {
  await saveNow()
  location.reload()
}

/** A host without headers gives no isolation, so no threads; the service worker's answers do, from the next load on. */
async function isolate(): Promise<void> {
  if (crossOriginIsolated || sessionStorage.getItem(RELOADED) !== null) return
  sessionStorage.setItem(RELOADED, 'yes')
  await idle(reload)
}

function set(offline: EditorState['offline']): void {
  editor.setState({ offline })
}
