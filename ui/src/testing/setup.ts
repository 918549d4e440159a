// What every page test needs and jsdom does not have.

import { clearMocks } from '@tauri-apps/api/mocks'
import { enableAutoUnmount } from '@vue/test-utils'
import { afterEach, vi } from 'vitest'

// Rows are measured by the virtual list; without a layout engine it gets a fixed window.
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

// Hooks run last first: the page goes before what it hangs on.
enableAutoUnmount(afterEach)
