// Rows of a long list, loaded a page at a time where somebody looks.

import { ref, shallowReactive, shallowRef, type Ref, type ShallowRef } from 'vue'

import { ask, type Answer } from '@/app/ask'
import type { Failure } from '@/bindings'

export const PAGE_ROWS = 100

export interface Pages<Row> {
  /** Number of all rows; `null` until the first answer. */
  total: Ref<number | null>
  failure: ShallowRef<Failure | null>
  /** Returns the row at this index, once its page is here. */
  rowAt: (index: number) => Row | undefined
  /** Loads what is in view and not here. */
  fill: () => Promise<void>
  /** Loads it anew. Rows in view stay until then. */
  again: () => Promise<void>
}

/** `inView` returns the indices of the first and the last row on screen. */
export function usePages<Row>(
  load: (offset: number, limit: number) => Promise<Answer<{ rows: Row[]; total: number }>>,
  inView: () => readonly [number, number],
): Pages<Row> {
  const pages = shallowReactive(new Map<number, Row[]>())
  const total = ref<number | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const current = new Set<number>()
  let round = 0
  let asking = false

  const pageOf = (index: number): number => Math.floor(index / PAGE_ROWS)

  function missing(): number | undefined {
    const [first, last] = inView().map(pageOf) as [number, number]
    for (let page = first; page <= last; page += 1) if (!current.has(page)) return page
    return undefined
  }

  // One page at a time: when it is here, whoever scrolls on looks at another place, and what lies
  // between was never asked for.
  async function fill(): Promise<void> {
    const page = asking ? undefined : missing()
    if (page === undefined) return
    const mine = round
    asking = true
    const outcome = await ask(load(page * PAGE_ROWS, PAGE_ROWS))
    asking = false
    if (mine === round) {
      failure.value = outcome.ok ? null : outcome.failure
      // The next scroll or change tries again.
      if (!outcome.ok) return
      pages.set(page, outcome.data.rows)
      current.add(page)
      total.value = outcome.data.total
    }
    await fill()
  }

  async function again(): Promise<void> {
    round += 1
    current.clear()
    const kept = pageOf(inView()[0])
    for (const known of [...pages.keys()]) if (known !== kept) pages.delete(known)
    await fill()
  }

  return { total, failure, rowAt: (index) => pages.get(pageOf(index))?.[index % PAGE_ROWS], fill, again }
}
