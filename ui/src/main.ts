// Entry of both windows. The citizen window (客显) loads nothing of the counter window.

import '@/styles/tokens.css'
import '@/styles/base.css'
import '@/styles/controls.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { i18n } from '@/i18n'

async function open(): Promise<void> {
  if (window.location.hash.startsWith('#/citizen')) {
    const { default: CitizenWindow } = await import('@/screens/citizen/CitizenWindow.vue')
    createApp(CitizenWindow).use(i18n).mount('#app')
    return
  }
  const [{ default: App }, { router }] = await Promise.all([import('@/app/App.vue'), import('@/app/router')])
  createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
}

void open()
