// The language of a page whose users change: in memory only, Chinese at the start.

import { ref, watchEffect } from 'vue'

export type Language = 'zh-CN' | 'en'

export const language = ref<Language>('zh-CN')

watchEffect(() => {
  document.documentElement.lang = language.value
})
