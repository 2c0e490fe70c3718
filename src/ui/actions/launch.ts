import { SHARED_CACHE, SHARED_QUERY } from '../../sw/messages'
import { editor } from '../store'
import { openSample } from './photo'
import { openGallery } from './projects'

/** Files that came with the launch of the installed app: "open with", or the share sheet. */
export function takeLaunched(open: (files: readonly File[]) => Promise<void>): void {
  const { launchQueue } = globalThis as {
    launchQueue?: { setConsumer(take: (launch: { files: readonly FileSystemFileHandle[] }) => void): void }
  }
  launchQueue?.setConsumer(({ files }) => {
    if (files.length > 0) void Promise.all(files.map((handle) => handle.getFile())).then(open)
  })
  if (new URLSearchParams(location.search).has(SHARED_QUERY)) void takeShared().then(open)
}

async function takeShared(): Promise<readonly File[]> {
  forgetQuery(SHARED_QUERY)
  const shared = await caches.open(SHARED_CACHE)
  const files: File[] = []
  for (const request of await shared.keys()) {
    const response = await shared.match(request)
    await shared.delete(request)
    if (response === undefined) continue
    const blob = await response.blob()
    files.push(
      new File([blob], decodeURIComponent(response.headers.get('X-File-Name') ?? 'photo'), { type: blob.type }),
    )
  }
  return files
}

/** The installed app's shortcuts (src/sw/app-manifest.ts), once the samples are known. */
export function followShortcut(): void {
  const wanted = new URLSearchParams(location.search).get('open')
  const [sample] = editor.getState().samples
  if (wanted === 'projects') void openGallery()
  if (wanted === 'sample' && sample !== undefined) void openSample(sample)
  if (wanted !== null) forgetQuery('open')
}

/** A reload shall not do it again. */
function forgetQuery(name: string): void {
  const url = new URL(location.href)
  url.searchParams.delete(name)
  history.replaceState(null, '', url)
}
