// One scan: the centre's answer, else this phone's own.

import { askCentre } from '@/centre/verify'
import { now, settings } from '@/settings'
import { instant } from '@/time'
import { blank, fromCentre, type Shown } from './shown'

/** Longest symbol that is sent, in bytes; a longer one is none of ours. */
const LIMIT_BYTES = 1_024

/** Who, where and when, for answers that the centre did not write. */
export function watermark(): string {
  return `${settings.scanner.trim()} · ${settings.place.trim()} · ${instant(now())}`
}

/** Answers a scanned text. */
export async function verify(text: string): Promise<Shown> {
  if (new TextEncoder().encode(text).length > LIMIT_BYTES) {
    return blank({ of: 'code', answer: 'foreign' }, watermark())
  }
  const asked = await askCentre(text, false)
  if (asked.said === 'answer') return fromCentre(asked.response)
  if (asked.said !== 'away') return blank({ of: 'trouble', trouble: asked.said }, watermark())
  try {
    const { verifyOffline } = await import('@/offline/verify')
    return await verifyOffline(text, watermark())
  } catch {
    // The code for it was not loaded while there was a connection.
    return blank({ of: 'trouble', trouble: 'noLists' }, watermark())
  }
}
