// Locks the screen when nobody has touched it for as long as the desk's settings say.

import { onBeforeUnmount, onMounted } from 'vue'

/** Minutes until the desk has said its own number. */
export const LOCK_BEFORE_KNOWN = 10

const SIGNS = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** Calls `lock` once after each spell of so many minutes without a key or a movement. */
export function useIdleLock(minutes: () => number, lock: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined

  function begin(): void {
    clearTimeout(timer)
    timer = setTimeout(lock, minutes() * 60_000)
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
