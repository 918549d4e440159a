// Connects the wedge to the window, so that no key of a scan reaches the focused field.

import { onBeforeUnmount, onMounted } from 'vue'

import { SILENCE_MS, Wedge } from './wedge'

type Field = HTMLInputElement | HTMLTextAreaElement

function focusedField(): Field | null {
  const at = document.activeElement
  return at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement ? at : null
}

/** Returns a key handler, which calls `scanned` with the text of each symbol that was scanned. */
export function useWedge(scanned: (text: string) => void): (event: KeyboardEvent) => boolean {
  const wedge = new Wedge()
  let before: { field: Field; value: string } | null = null
  let silence: ReturnType<typeof setTimeout> | undefined

  function takeBack(): void {
    if (before === null) return
    before.field.value = before.value
    before.field.dispatchEvent(new Event('input', { bubbles: true }))
    before = null
  }

  function waitForSilence(): void {
    clearTimeout(silence)
    silence = setTimeout(() => {
      const text = wedge.finish()
      if (text !== null) scanned(text)
    }, SILENCE_MS)
  }

  /** Handles a key; returns whether it belongs to a scan. */
  function press(event: KeyboardEvent): boolean {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return false
    if (['Shift', 'CapsLock', 'Control', 'Alt', 'Meta'].includes(event.key)) return wedge.scanning
    const field = focusedField()
    // The prefix may begin here: remember the field as it is now.
    if (event.key === 'S' && !wedge.scanning && field !== null && before === null) {
      before = { field, value: field.value }
      setTimeout(() => (before = null), SILENCE_MS * 2)
    }
    const verdict = wedge.press(event.key, event.timeStamp)
    if (verdict.is === 'typing') return false
    event.preventDefault()
    event.stopPropagation()
    if (verdict.is === 'begins') takeBack()
    if (verdict.is === 'scan') {
      clearTimeout(silence)
      scanned(verdict.text)
    } else {
      waitForSilence()
    }
    return true
  }

  onMounted(() => window.addEventListener('blur', takeBackNothing))
  onBeforeUnmount(() => {
    clearTimeout(silence)
    window.removeEventListener('blur', takeBackNothing)
  })

  function takeBackNothing(): void {
    before = null
    wedge.finish()
  }

  return press
}
