// Locks the screen after the idle time that the settings of the desk say.

import { onBeforeUnmount, onMounted } from 'vue'

/** Idle minutes until the settings of the desk are known. */
export const LOCK_BEFORE_KNOWN = 10

const SIGNS = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** Calls `lock` once after each period of `minutes()` without a key or a movement. */
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
