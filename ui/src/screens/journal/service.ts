// Times and ratings of a service as the journal shows them.

/** Returns minutes and seconds, `4:05`; an em dash if it is not known. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '—'
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Returns a mean rating with one decimal; an em dash without one. */
export function rating(tenths: number | null): string {
  return tenths === null ? '—' : (tenths / 10).toFixed(1)
}
