// Calls under way. A call is named after 300 ms. After 2 s its duration is shown and, if it changes
// nothing, a way to stop waiting.

import { defineStore } from 'pinia'
import { computed, reactive } from 'vue'

import { ask, type Answer, type Outcome } from '@/app/ask'

/** Time after which a call is named. */
export const SHOWN_AFTER_MS = 300

/** Time after which its duration is shown. */
export const LONG_AFTER_MS = 2000

/** One call under way. */
export interface Work {
  id: number
  /** Message key below `work.`. */
  what: string
  phase: 'quiet' | 'shown' | 'long'
  /** Duration so far in full seconds. */
  seconds: number
  /** Stops waiting; `null` for a call that changes something. */
  stop: (() => void) | null
}

export const useWork = defineStore('work', () => {
  const works = reactive<Work[]>([])
  let next = 0

  const shown = computed(() => works.find((work) => work.phase !== 'quiet') ?? null)
  const busy = computed(() => works.length > 0)

  function isRunning(what: string): boolean {
    return works.some((work) => work.what === what)
  }

  /**
   * Runs a command. While the same work is under way, a second call returns as stopped.
   * `reads` says that the call changes nothing, so that a person may stop waiting for it.
   */
  async function run<T>(
    what: string,
    call: () => Promise<Answer<T>>,
    options: { reads?: boolean } = {},
  ): Promise<Outcome<T>> {
    if (isRunning(what)) return { ok: false, failure: null }
    const id = next
    next += 1
    let stop: () => void = () => undefined
    const stopped = new Promise<Outcome<T>>((resolve) => {
      stop = () => resolve({ ok: false, failure: null })
    })
    works.push({ id, what, phase: 'quiet', seconds: 0, stop: options.reads === true ? stop : null })
    const work = (): Work | undefined => works.find((one) => one.id === id)
    const started = performance.now()
    const show = setTimeout(() => setPhase(work(), 'shown'), SHOWN_AFTER_MS)
    const lengthen = setTimeout(() => setPhase(work(), 'long'), LONG_AFTER_MS)
    const count = setInterval(() => {
      const one = work()
      if (one !== undefined) one.seconds = Math.floor((performance.now() - started) / 1000)
    }, 1000)
    try {
      return await Promise.race([ask(call()), stopped])
    } finally {
      clearTimeout(show)
      clearTimeout(lengthen)
      clearInterval(count)
      const at = works.findIndex((one) => one.id === id)
      if (at >= 0) works.splice(at, 1)
    }
  }

  return { shown, busy, isRunning, run }
})

function setPhase(work: Work | undefined, phase: Work['phase']): void {
  if (work !== undefined) work.phase = phase
}
