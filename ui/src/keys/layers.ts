// The function keys that mean something now. Each screen lays its keys on top; a dialog hides those below it.

import { defineStore } from 'pinia'
import { computed, onBeforeUnmount, onMounted, shallowReactive } from 'vue'

import { chord } from './chord'

/** One key and what it does. */
export interface KeyBinding {
  /** As `chord` names it. */
  key: string
  /** Message key of its words. */
  words: string
  /** Stable name for tests. */
  name: string
  run: () => void
  /** Not possible now: shown greyed, with nothing behind it. */
  disabled?: boolean
  /** Works, and is not shown on the key bar. */
  hidden?: boolean
}

interface Layer {
  modal: boolean
  bindings: () => KeyBinding[]
}

const ORDER = ['F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10', 'Ctrl+K', 'Ctrl+L', 'Escape']

function rank(key: string): number {
  const at = ORDER.indexOf(key)
  return at < 0 ? ORDER.length : at
}

export const useKeyLayers = defineStore('keys', () => {
  const layers = shallowReactive<Layer[]>([])

  const active = computed<KeyBinding[]>(() => {
    const found = new Map<string, KeyBinding>()
    for (const layer of [...layers].reverse()) {
      for (const binding of layer.bindings()) {
        if (!found.has(binding.key)) found.set(binding.key, binding)
      }
      if (layer.modal) break
    }
    return [...found.values()].sort((a, b) => rank(a.key) - rank(b.key))
  })

  function press(event: KeyboardEvent): void {
    const key = chord(event)
    if (key === null) return
    const binding = active.value.find((one) => one.key === key)
    if (binding === undefined) {
      // A function key without meaning here must not reach the engine (F5 would load the page again).
      if (/^F\d+$/.test(key)) event.preventDefault()
      return
    }
    event.preventDefault()
    event.stopPropagation()
    if (binding.disabled !== true) binding.run()
  }

  function lay(layer: Layer): () => void {
    // A dialog stays on top even when the screen below it changes meanwhile.
    const firstModal = layers.findIndex((one) => one.modal)
    layers.splice(layer.modal || firstModal < 0 ? layers.length : firstModal, 0, layer)
    return () => {
      const at = layers.indexOf(layer)
      if (at >= 0) layers.splice(at, 1)
    }
  }

  return { active, press, lay }
})

/** Lays these keys while the component is on screen. */
export function useKeys(bindings: () => KeyBinding[], options: { modal?: boolean } = {}): void {
  const layers = useKeyLayers()
  let lift: (() => void) | null = null
  onMounted(() => {
    lift = layers.lay({ modal: options.modal ?? false, bindings })
  })
  onBeforeUnmount(() => lift?.())
}
