// A 2D scanner that types like a keyboard ("keyboard wedge"), told apart from a person by how the text begins and
// how fast it comes.

/** How each symbol of an offline code (离线码) begins. */
export const PREFIX = 'SSM1:'

/** A scanner sends a key every few milliseconds; nobody types five keys in a row this fast. */
export const LONGEST_GAP_MS = 50

/** A scanner without a closing Enter is done when it has been silent for this long. */
export const SILENCE_MS = 150

/** More than any symbol holds: what is longer is not one of ours. */
export const LONGEST_SCAN = 4096

/** What to do with the key just pressed. */
export type WedgeVerdict =
  /** Somebody types. */
  | { is: 'typing' }
  /** The prefix is complete: take back what reached the field since `SSM1` began. */
  | { is: 'begins' }
  /** Belongs to the scan: keep it from the field. */
  | { is: 'scanning' }
  /** The scan is complete. */
  | { is: 'scan'; text: string }

const TYPING: WedgeVerdict = { is: 'typing' }

/** Tells a scanner from a person, key by key. Time is given, so that it can be tested. */
export class Wedge {
  private text = ''
  private last = Number.NEGATIVE_INFINITY

  /** A scan is coming in. */
  get scanning(): boolean {
    return this.text.length >= PREFIX.length
  }

  /** A key was pressed at `at` milliseconds. */
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

  /** The scanner fell silent. */
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

/** The longest end of `text` with which the prefix begins. */
function longestStart(text: string): string {
  for (let from = 0; from < text.length; from += 1) {
    if (PREFIX.startsWith(text.slice(from))) return text.slice(from)
  }
  return ''
}
