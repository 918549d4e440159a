// The kiosk's words. What a label or a refusal is called comes from `rules`.

import { computed, ref, watchEffect } from 'vue'

import * as labels from '@/common/generated'
import type { Sentence } from './bridge'
import { en } from './en'
import { zh, type Words } from './zh'

export type Language = 'zh-CN' | 'en'

/** Chosen by the citizen, and forgotten with them. */
export const language = ref<Language>('zh-CN')

export const words = computed<Words & typeof labels.zh>(() =>
  language.value === 'en' ? { ...labels.en, ...en } : { ...labels.zh, ...zh },
)

/** Returns a sentence of the bridge in the chosen language. */
export const said = (sentence: Sentence): string => (language.value === 'en' ? sentence.en : sentence.zh)

watchEffect(() => {
  document.documentElement.lang = language.value
  document.title = words.value.title
})
