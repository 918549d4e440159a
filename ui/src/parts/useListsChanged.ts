// Reloads lists on screen when Rust reports that they changed.

import { onBeforeUnmount, onMounted } from 'vue'

import { events } from '@/bindings'

/** Calls `again` on each change while the component is on screen. */
export function useListsChanged(again: () => void): void {
  let stop: (() => void) | null = null
  let gone = false
  onMounted(async () => {
    const unlisten = await events.listsChanged.listen(() => again())
    if (gone) unlisten()
    else stop = unlisten
  })
  onBeforeUnmount(() => {
    gone = true
    stop?.()
  })
}
