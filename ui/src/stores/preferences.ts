// Language and appearance. The page stores nothing else by itself, and no personal data.

import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { LANGUAGES, setLanguage, type Language } from '@/i18n'

export type Theme = 'system' | 'light' | 'dark' | 'contrast'

export const THEMES: readonly Theme[] = ['system', 'light', 'dark', 'contrast']

function kept<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  const value = localStorage.getItem(name)
  return allowed.find((one) => one === value) ?? otherwise
}

export const usePreferences = defineStore('preferences', () => {
  const language = ref<Language>(kept('language', LANGUAGES, 'zh-CN'))
  const theme = ref<Theme>(kept('theme', THEMES, 'system'))

  watch(
    language,
    (next) => {
      setLanguage(next)
      localStorage.setItem('language', next)
    },
    { immediate: true },
  )
  watch(
    theme,
    (next) => {
      if (next === 'system') delete document.documentElement.dataset['theme']
      else document.documentElement.dataset['theme'] = next
      localStorage.setItem('theme', next)
    },
    { immediate: true },
  )

  return { language, theme }
})
