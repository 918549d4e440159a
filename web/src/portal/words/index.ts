// The page's words in the chosen language.

import { computed, watchEffect } from 'vue'

import { language } from '@/common/language'
import { en } from './en'
import { zh, type Words } from './zh'

export const words = computed<Words>(() => (language.value === 'en' ? en : zh))

watchEffect(() => {
  document.title = words.value.title
})
