// Provides for page tests what jsdom lacks.

import { clearMocks } from '@tauri-apps/api/mocks'
import { enableAutoUnmount } from '@vue/test-utils'
import { afterEach, vi } from 'vitest'

// The virtual list measures rows. Without a layout engine it gets fixed sizes.
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { configurable: true, value: 600 })
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { configurable: true, value: 1200 })
HTMLElement.prototype.scrollIntoView = () => undefined
HTMLElement.prototype.scrollTo = () => undefined
HTMLElement.prototype.hasPointerCapture = () => false
globalThis.ResizeObserver = class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.CSS = { ...globalThis.CSS, escape: (text: string) => text }

afterEach(() => {
  document.body.innerHTML = ''
  localStorage.clear()
  vi.useRealTimers()
  clearMocks()
})

// Hooks run in reverse order, so the page is unmounted before its document is cleared.
enableAutoUnmount(afterEach)
