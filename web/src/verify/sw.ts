/// <reference lib="webworker" />
// Service worker: keeps the page's own files, so that it opens without a connection. Calls of the
// API pass it by: nothing that the centre answers is ever kept here.

const worker = self as unknown as ServiceWorkerGlobalScope

/** Filled in by the build: a hash of the files, and their addresses from here. */
const VERSION = '__VERSION__'
const FILES: string[] = ['__FILES__']

const CACHE = `page-${VERSION}`

worker.addEventListener('install', (event) => {
  const kept = caches.open(CACHE).then((cache) => cache.addAll(FILES))
  event.waitUntil(kept.then(() => worker.skipWaiting()))
})

worker.addEventListener('activate', (event) => {
  const isOld = (name: string): boolean => name.startsWith('page-') && name !== CACHE
  const cleaned = caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
  event.waitUntil(cleaned.then(() => worker.clients.claim()))
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || new URL(request.url).origin !== worker.location.origin) return
  event.respondWith(answer(request))
})

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  const held = await cache.match(request)
  if (held) return held
  const response = await fetch(request)
  // The decoder is kept by those phones only that need it.
  if (response.ok && request.url.includes('/assets/')) await cache.put(request, response.clone())
  return response
}

export {}
