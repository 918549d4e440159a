// Recognises a 2D scanner that types like a keyboard (a "keyboard wedge") by the prefix and the
// speed of its text.

/** First letters of each symbol of an offline code (离线码). */
export const PREFIX = 'SSM1:'

/** First letters of the code on a phone by which a citizen is proved (随申码, 亲属码). */
export const LOGIN_PREFIX = 'SSL1:'

const PREFIXES = [PREFIX, LOGIN_PREFIX]

/** Longest gap between keys of a prefix. Nobody types five keys in a row this fast. */
export const LONGEST_GAP_MS = 50

/** Silence after which a scan without a closing Enter is complete. */
export const SILENCE_MS = 150

/** Longest scan that is kept, longer than any symbol. */
export const LONGEST_SCAN = 4096

/** Decision about the key just pressed. */
export type WedgeVerdict =
  /** A person types. */
  | { is: 'typing' }
  /** The prefix is complete. Remove from the field what reached it since the prefix began. */
  | { is: 'begins' }
  /** The key belongs to the scan. Keep it from the field. */
  | { is: 'scanning' }
  /** The scan is complete. */
  | { is: 'scan'; text: string }

const TYPING: WedgeVerdict = { is: 'typing' }

/** Tells a scanner from a person, key by key. Time is an argument, so that tests can set it. */
export class Wedge {
  private text = ''
  private last = Number.NEGATIVE_INFINITY

  /** Whether a scan is under way. */
  get scanning(): boolean {
    return this.text.length >= PREFIX.length
  }

  /** Takes a key that was pressed at `at` milliseconds. */
  press(key: string, at: number): WedgeVerdict {
    const gap = at - this.last
    this.last = at
    if (gap > (this.scanning ? SILENCE_MS : LONGEST_GAP_MS)) this.text = ''
    if (this.scanning) return this.continue(key)
    if (key.length !== 1) {
      this.text = ''
      return TYPING
    }
    this.text = longestStart(this.text + key)
    return this.scanning ? { is: 'begins' } : TYPING
  }

  /** Ends the scan; returns its text, or `null` when there was none. */
  finish(): string | null {
    const text = this.scanning ? this.text : null
    this.text = ''
    return text
  }

  private continue(key: string): WedgeVerdict {
    if (key === 'Enter' || key === 'Tab') return { is: 'scan', text: this.finish() ?? '' }
    if (key.length === 1 && this.text.length < LONGEST_SCAN) this.text += key
    return { is: 'scanning' }
  }
}

/** Returns the longest end of `text` that is a beginning of a prefix. */
function longestStart(text: string): string {
  for (let from = 0; from < text.length; from += 1) {
    if (PREFIXES.some((prefix) => prefix.startsWith(text.slice(from)))) return text.slice(from)
  }
  return ''
}
