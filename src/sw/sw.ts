/// <reference lib="webworker" />
import { clientsClaim } from 'workbox-core'
import { PrecacheController, PrecacheRoute, type PrecacheEntry } from 'workbox-precaching'
import { registerRoute, setDefaultHandler } from 'workbox-routing'
import { CacheFirst, NetworkOnly } from 'workbox-strategies'
import { SHARE_PATH, SHARED_CACHE, SHARED_QUERY, type OfflineReport, type ToServiceWorker } from './messages'
import { securityHeaders } from './security-headers'

/**
 * Keeps the whole app on the device: one version of everything (workbox's precache), and of the large runtime builds
 * the one that this device uses. Answers come with the headers that isolation and the security policy need, wherever
 * the app is hosted.
 */
declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: readonly PrecacheEntry[] }

const RUNTIME_CACHE = 'photodoodle-runtime'

function withHeaders(response: Response): Response {
  // An error of the network has neither status nor headers.
  if (response.status === 0) return response
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(securityHeaders)) headers.set(name, value)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

const headed = { handlerWillRespond: ({ response }: { response: Response }) => Promise.resolve(withHeaders(response)) }
// What the page has just loaded is asked for once more with its ETag only, not brought twice.
const revalidated = {
  requestWillFetch: ({ request }: { request: Request }) => Promise.resolve(new Request(request, { cache: 'no-cache' })),
}

const precache = new PrecacheController({ plugins: [headed, revalidated] })
precache.precache([...self.__WB_MANIFEST])
const runtime = new CacheFirst({ cacheName: RUNTIME_CACHE, plugins: [headed] })
const network = new NetworkOnly({ plugins: [headed] })

clientsClaim()

/** A page that found a file damaged asks for it anew; what comes takes its place. */
registerRoute(
  ({ request }) => request.cache === 'reload' && precache.getCacheKeyForURL(request.url) !== undefined,
  async ({ url }) => {
    const key = precache.getCacheKeyForURL(url.href)!
    const response = await fetch(url.href, { cache: 'reload' }).catch(() => caches.match(key))
    if (response === undefined) return Response.error()
    if (response.ok) await (await caches.open(precache.strategy.cacheName)).put(key, response.clone())
    return withHeaders(response)
  },
)
registerRoute(new PrecacheRoute(precache, { ignoreURLParametersMatching: [/.*/] }))
registerRoute(({ sameOrigin, url }) => sameOrigin && url.pathname.endsWith('.wasm'), runtime)
registerRoute(
  ({ url }) => url.href === new URL(SHARE_PATH, self.registration.scope).href,
  ({ request }) => takeShared(request),
  'POST',
)
setDefaultHandler(({ request, event, url }) =>
  url.origin === self.location.origin ? network.handle({ request, event }) : fetch(request),
)

self.addEventListener('message', (event) => {
  const message = event.data as ToServiceWorker
  if (message.type === 'SKIP_WAITING') void self.skipWaiting()
  else event.waitUntil(keepOffline(message.urls).then((report) => event.ports[0]?.postMessage(report)))
})

/** Brings what is missing: the runtime build in use, and files of this version that the browser has dropped. */
async function keepOffline(urls: readonly string[]): Promise<OfflineReport> {
  const builds = await caches.open(RUNTIME_CACHE)
  const files = await caches.open(precache.strategy.cacheName)
  const versioned = [...precache.getURLsToCacheKeys()].map(([url, key]) => ({ cache: files, url, key }))
  const asked = urls
    .filter((url) => precache.getCacheKeyForURL(url) === undefined)
    .map((url) => ({ cache: builds, url, key: url }))
  const missing: string[] = []
  for (const { cache, url, key } of [...versioned, ...asked]) {
    if ((await cache.match(key)) !== undefined) continue
    const response = await fetch(url, { cache: 'no-cache' }).catch(() => undefined)
    const kept =
      response?.ok === true &&
      (await cache.put(key, response).then(
        () => true,
        () => false,
      ))
    if (!kept) missing.push(url)
  }
  // Builds of earlier versions have other names.
  const wanted = new Set(asked.map(({ url }) => url))
  if (wanted.size > 0) for (const { url } of await builds.keys()) if (!wanted.has(url)) await builds.delete(url)
  return { ready: missing.length === 0, missing }
}

/** The page is opened first and takes the files then: a share may come while no page is open. */
async function takeShared(request: Request): Promise<Response> {
  const form = await request.formData()
  const shared = await caches.open(SHARED_CACHE)
  const files = form.getAll('files').filter((entry) => entry instanceof File)
  for (const [index, file] of files.entries()) {
    await shared.put(
      `${self.registration.scope}${SHARE_PATH}/${index}`,
      new Response(file, { headers: { 'Content-Type': file.type, 'X-File-Name': encodeURIComponent(file.name) } }),
    )
  }
  return Response.redirect(`${self.registration.scope}?${SHARED_QUERY}`, 303)
}
