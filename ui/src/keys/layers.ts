// Layers of function keys. Each screen adds a layer on top; a dialog hides the layers below it.

import { defineStore } from 'pinia'
import { computed, onBeforeUnmount, onMounted, shallowReactive } from 'vue'

import { chord } from './chord'

/** A key and what it does. */
export interface KeyBinding {
  /** Name of the key, as `chord` returns it. */
  key: string
  /** Message key of its label. */
  words: string
  /** Stable name for tests. */
  name: string
  run: () => void
  /** Shown greyed; pressing it does nothing. */
  disabled?: boolean
  /** Works, but is not shown on the key bar. */
  hidden?: boolean
  /** The likely next step, shown filled. */
  primary?: boolean
}

interface Layer {
  modal: boolean
  bindings: () => KeyBinding[]
}

/** Keys with a place of their own on the key bar, in this order. */
export const SLOTS = ['F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10', 'Enter', 'Escape', 'Ctrl+K', 'Ctrl+L'] as const

const ORDER: readonly string[] = [...SLOTS, 'Ctrl+P']

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
      // An unused function key must not reach the engine: F5 would reload the page.
      if (/^F\d+$/.test(key)) event.preventDefault()
      return
    }
    event.preventDefault()
    event.stopPropagation()
    if (binding.disabled !== true) binding.run()
  }

  function lay(layer: Layer): () => void {
    // A dialog stays on top when the screen below it changes.
    const firstModal = layers.findIndex((one) => one.modal)
    layers.splice(layer.modal || firstModal < 0 ? layers.length : firstModal, 0, layer)
    return () => {
      const at = layers.indexOf(layer)
      if (at >= 0) layers.splice(at, 1)
    }
  }

  return { active, press, lay }
})

/** Adds a layer with these keys while the component is on screen. */
export function useKeys(bindings: () => KeyBinding[], options: { modal?: boolean } = {}): void {
  const layers = useKeyLayers()
  let lift: (() => void) | null = null
  onMounted(() => {
    lift = layers.lay({ modal: options.modal ?? false, bindings })
  })
  onBeforeUnmount(() => lift?.())
}
