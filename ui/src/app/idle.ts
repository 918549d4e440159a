// Locks the screen after ten minutes in which nobody touched it.

import { onBeforeUnmount, onMounted } from 'vue'

/** Minutes without a key or a movement. */
export const LOCK_AFTER_MINUTES = 10

const SIGNS = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** Calls `lock` once after each spell of idleness. */
export function useIdleLock(lock: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined

  function begin(): void {
    clearTimeout(timer)
    timer = setTimeout(lock, LOCK_AFTER_MINUTES * 60_000)
  }

  onMounted(() => {
    begin()
    for (const sign of SIGNS) window.addEventListener(sign, begin, { capture: true, passive: true })
  })
  onBeforeUnmount(() => {
    clearTimeout(timer)
    for (const sign of SIGNS) window.removeEventListener(sign, begin, { capture: true })
  })
}
