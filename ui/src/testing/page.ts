// Opens the whole page over a desk in memory, for tests.

import { mockIPC } from '@tauri-apps/api/mocks'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'

import App from '@/app/App.vue'
import { router } from '@/app/router'
import type { Role } from '@/bindings'
import { i18n, setLanguage, type Language } from '@/i18n'
import { FakeDesk } from './fake/desk'

// Screens are normally loaded when first shown. Tests load them at once, so that none waits.
import.meta.glob('../screens/**/*.vue', { eager: true })

export interface Page {
  desk: FakeDesk
  wrapper: VueWrapper
  /** Finds an element of the document by `data-testid`; throws when there is none. */
  find: (testid: string) => HTMLElement
  shows: (testid: string) => boolean
  press: (key: string, more?: KeyboardEventInit) => Promise<void>
  click: (testid: string) => Promise<void>
  type: (testid: string, text: string) => Promise<void>
  settle: () => Promise<void>
}

/** Waits for pending promises and screens. */
async function settle(): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    await flushPromises()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

export async function openPage(role: Role | null, path = '/window', prepare?: (desk: FakeDesk) => void, language: Language = 'zh-CN'): Promise<Page> {
  const desk = new FakeDesk()
  if (role !== null) desk.work(role)
  prepare?.(desk)
  mockIPC((command, args) => desk.handle(command, args), { shouldMockEvents: true })
  localStorage.setItem('language', language)
  setLanguage(language)
  const host = document.createElement('div')
  document.body.append(host)
  // The route guard needs the status store of this page before the first navigation.
  const pinia = createPinia()
  const wrapper = mount(App, { attachTo: host, global: { plugins: [pinia, i18n, router] } })
  await settle()
  await router.push(path)
  await router.isReady()
  await settle()

  const find = (testid: string): HTMLElement => {
    const found = document.querySelector<HTMLElement>(`[data-testid="${testid}"]`)
    if (found === null) throw new Error(`nothing on the page is called ${testid}`)
    return found
  }
  return {
    desk,
    wrapper,
    find,
    shows: (testid) => document.querySelector(`[data-testid="${testid}"]`) !== null,
    press: async (key, more = {}) => {
      const target = document.activeElement ?? document.body
      target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
      await settle()
    },
    click: async (testid) => {
      find(testid).click()
      await settle()
    },
    type: async (testid, text) => {
      const field = find(testid) as HTMLInputElement
      field.focus()
      field.value = text
      field.dispatchEvent(new Event('input', { bubbles: true }))
      await settle()
    },
    settle,
  }
}
