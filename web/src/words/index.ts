// The page's words in the chosen language.

import { computed, watchEffect } from 'vue'

import { settings } from '@/settings'
import { en } from './en'
import { zh, type Words } from './zh'

export const words = computed<Words>(() => (settings.language === 'en' ? en : zh))

watchEffect(() => {
  document.documentElement.lang = settings.language
  document.title = words.value.title
})
