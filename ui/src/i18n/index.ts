// Labels of the page in both languages. Sentences about decisions come from Rust.

import { createI18n } from 'vue-i18n'

import type { SentenceView } from '@/bindings'
import { en } from './en'
import { zh } from './zh'

export type Language = 'zh-CN' | 'en'

export const LANGUAGES: readonly Language[] = ['zh-CN', 'en']

export type Messages = typeof zh

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
  missingWarn: false,
  fallbackWarn: false,
})

/** Returns the language on screen. */
export function language(): Language {
  return i18n.global.locale.value as Language
}

/** Changes the language of the whole page. */
export function setLanguage(next: Language): void {
  i18n.global.locale.value = next
  document.documentElement.lang = next
}

/** Returns a sentence from Rust in the language on screen. */
export function sentence(view: SentenceView): string {
  return language() === 'en' ? view.en : view.zh
}
