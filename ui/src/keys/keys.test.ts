import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { chord } from './chord'
import { useKeyLayers, type KeyBinding } from './layers'

function key(name: string, more: KeyboardEventInit = {}): KeyboardEvent {
  return new KeyboardEvent('keydown', { key: name, cancelable: true, ...more })
}
function binding(name: string, run: () => void, more: Partial<KeyBinding> = {}): KeyBinding {
  return { key: name, words: 'key.help', name: name.toLowerCase(), run, ...more }
}

describe('a key', () => {
  it('is left to the input method while that composes', () => {
    expect(chord(key('F4', { isComposing: true }))).toBeNull()
    expect(chord(key('F4', { keyCode: 229 }))).toBeNull()
    expect(chord(key('F4'))).toBe('F4')
  })

  it('does not act twice when it is held down', () => {
    expect(chord(key('F9', { repeat: true }))).toBeNull()
  })

  it('has its modifiers in its name', () => {
    expect(chord(key('k', { ctrlKey: true }))).toBe('Ctrl+K')
    expect(chord(key('k', { altKey: true }))).toBeNull()
    expect(chord(key('3', { altKey: true }))).toBe('Alt+3')
    expect(chord(key('3', { altKey: true, ctrlKey: true }))).toBeNull()
    expect(chord(key('3', { altKey: true, isComposing: true }))).toBeNull()
  })
})

describe('the layers of keys', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('use the topmost binding of a key', () => {
    const layers = useKeyLayers()
    const [below, above] = [vi.fn(), vi.fn()]
    layers.lay({ modal: false, bindings: () => [binding('F2', below)] })
    const lift = layers.lay({ modal: false, bindings: () => [binding('F2', above)] })
    layers.press(key('F2'))
    expect([below.mock.calls.length, above.mock.calls.length]).toEqual([0, 1])
    lift()
    layers.press(key('F2'))
    expect(below).toHaveBeenCalledOnce()
  })

  it('hide all bindings below a dialog, also those of a screen that opens later', () => {
    const layers = useKeyLayers()
    const [screen, dialog] = [vi.fn(), vi.fn()]
    layers.lay({ modal: true, bindings: () => [binding('1', dialog)] })
    layers.lay({ modal: false, bindings: () => [binding('F4', screen)] })
    layers.press(key('F4'))
    layers.press(key('1'))
    expect(screen).not.toHaveBeenCalled()
    expect(dialog).toHaveBeenCalledOnce()
    expect(layers.active.map((one) => one.key)).toEqual(['1'])
  })

  it('keep unused function keys from the engine and leave other keys for typing', () => {
    const layers = useKeyLayers()
    const reload = key('F5')
    layers.press(reload)
    expect(reload.defaultPrevented).toBe(true)
    const letter = key('a')
    layers.press(letter)
    expect(letter.defaultPrevented).toBe(false)
  })

  it('do not run a disabled binding', () => {
    const layers = useKeyLayers()
    const run = vi.fn()
    layers.lay({ modal: false, bindings: () => [binding('F6', run, { disabled: true })] })
    layers.press(key('F6'))
    expect(run).not.toHaveBeenCalled()
  })
})
