// Instants as a person in Shanghai reads them, whatever zone the phone is in.

const SHANGHAI_MS = 8 * 60 * 60 * 1000

/** Returns `2026-11-29 20:10:05`. */
export function instant(at: number): string {
  return new Date(at + SHANGHAI_MS).toISOString().slice(0, 19).replace('T', ' ')
}

/** Returns `11-29 20:10`. */
export function minute(at: number): string {
  return instant(at).slice(5, 16)
}

/** Returns the calendar day, `2026-11-29`. */
export function day(at: number): string {
  return instant(at).slice(0, 10)
}
