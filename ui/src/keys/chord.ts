// Names of keys, as the key bar uses them.

/** Returns the key with its modifiers (`F4`, `Ctrl+K`, `Escape`), or `null` to leave it alone. */
export function chord(event: KeyboardEvent): string | null {
  // An input method owns every key while it composes. Some engines show that by code 229 only.
  if (event.isComposing || event.keyCode === 229) return null
  // A key held down must not act twice.
  if (event.repeat) return null
  if (event.metaKey) return null
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
  // Of the keys with Alt the page takes the digits only, which open the places of the rail.
  if (event.altKey) return !event.ctrlKey && /^[1-9]$/.test(key) ? `Alt+${key}` : null
  if (event.ctrlKey) return event.shiftKey ? `Ctrl+Shift+${key}` : `Ctrl+${key}`
  return key
}

/** Returns the key as the key bar writes it. */
export function keyWord(name: string): string {
  return name === 'Escape' ? 'Esc' : name === 'PageDown' ? 'PgDn' : name === 'PageUp' ? 'PgUp' : name
}

/** Returns the key as `aria-keyshortcuts` writes it. */
export function keyShortcut(name: string): string {
  return name.replace('Ctrl', 'Control')
}
