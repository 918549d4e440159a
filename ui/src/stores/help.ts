// Whether the help of the screen (F1) is open. Screens open it too, where it says more.

import { defineStore } from 'pinia'
import { ref } from 'vue'

export const useHelp = defineStore('help', () => {
  const shown = ref(false)
  return { shown, open: () => (shown.value = true) }
})
