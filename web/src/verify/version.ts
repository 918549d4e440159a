// Whether a newer version of the page took over while this one is open.

import { ref } from 'vue'

export const isOutdated = ref(false)

/** Registers the service worker. Without it the page works as long as there is a connection. */
export function keepForOffline(): void {
  if (!('serviceWorker' in navigator)) return
  const hadOne = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => (isOutdated.value = hadOne))
  navigator.serviceWorker.register('./sw.js').catch(() => undefined)
}
