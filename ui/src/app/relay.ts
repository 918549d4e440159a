// Passes on what the notes of a screen say. WebKitGTK tells a screen reader of elements that come
// into a lasting live region, but neither of a region that comes with its words nor of words that
// are replaced, and the notes of screens are one or the other.

interface Announcer {
  say: (text: string) => void
  warn: (text: string) => void
}

/** Notes of screens; the live regions of the frame are marked with `aria-live` besides. */
const NOTES = ':is([role=status], [role=alert]):not([aria-live])'

/** Returns the notes that these changes came into or changed, in the order of the page. */
function changed(records: MutationRecord[]): Element[] {
  const notes = new Set<Element>()
  for (const { target, addedNodes } of records) {
    const at = target instanceof Element ? target : target.parentElement
    const around = at?.closest(NOTES)
    if (around) notes.add(around)
    for (const node of addedNodes) {
      if (!(node instanceof Element)) continue
      if (node.matches(NOTES)) notes.add(node)
      node.querySelectorAll(NOTES).forEach((note) => notes.add(note))
    }
  }
  return [...notes].filter((note) => note.isConnected)
}

/** Passes on from now; returns how it is ended. */
export function relayTo(announcer: Announcer): () => void {
  const observer = new MutationObserver((records) => {
    const notes = changed(records)
    for (const [role, pass] of [['status', announcer.say], ['alert', announcer.warn]] as const) {
      const words = notes.filter((note) => note.getAttribute('role') === role).map((note) => note.textContent?.replace(/\s+/g, ' ').trim() ?? '')
      pass(words.filter((text) => text !== '').join(' '))
    }
  })
  observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  return () => observer.disconnect()
}
