// What a screen reader is told of its own accord, in the two live regions of the frame.

import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Message {
  text: string
  /** Makes an element of its own of each message, also of the same words again. */
  number: number
}

/** Messages that can still be read. */
const KEPT = 5

export const useAnnouncer = defineStore('announcer', () => {
  const polite = ref<Message[]>([])
  const urgent = ref<Message[]>([])
  let number = 0

  function add(to: typeof polite, text: string): void {
    if (text !== '') to.value = [...to.value, { text, number: (number += 1) }].slice(-KEPT)
  }

  /** Says a change that nobody asked for. */
  const say = (text: string) => add(polite, text)
  /** Says what failed, before anything else. */
  const warn = (text: string) => add(urgent, text)

  function forget(): void {
    polite.value = []
    urgent.value = []
  }

  return { polite, urgent, say, warn, forget }
})
