// Which key was pressed, as the key bar names it.

/** Name of the key with its modifiers (`F4`, `Ctrl+K`, `Escape`), or `null` when it must be left alone. */
export function chord(event: KeyboardEvent): string | null {
  // While an input method composes, every key belongs to it. Some engines only say so by the code 229.
  if (event.isComposing || event.keyCode === 229) return null
  // A key held down must not do a thing twice.
  if (event.repeat) return null
  if (event.altKey || event.metaKey) return null
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
  if (event.ctrlKey) return event.shiftKey ? `Ctrl+Shift+${key}` : `Ctrl+${key}`
  return key
}

/** How the key is written on the key bar. */
export function keyWord(name: string): string {
  return name === 'Escape' ? 'Esc' : name
}
