// Asks the centre what a symbol is now.

import { keep, settings } from '@/settings'
import type { VerifyRequest, VerifyResponse } from './wire'

/** How long the guard waits for the centre before this phone answers itself. */
const PATIENCE_MS = 4_000

/** Answer of the centre, or why there is none. */
export type Asked = { said: 'answer'; response: VerifyResponse } | { said: 'busy' | 'refused' | 'away' }

/** Asks the centre. The symbol travels in the body, never in an address. */
export async function askCentre(payload: string, register: boolean): Promise<Asked> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS)
  const { scanner, place } = settings
  const request: VerifyRequest = { payload, scanner, place, register }
  try {
    const response = await fetch('../v1/verify', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: patience.signal,
    })
    if (response.status === 429) return { said: 'busy' }
    if (response.status >= 400 && response.status < 500) return { said: 'refused' }
    if (!response.ok) return { said: 'away' }
    const answer = (await response.json()) as VerifyResponse
    keep({ clockAhead: answer.server_time - Date.now() })
    return { said: 'answer', response: answer }
  } catch {
    return { said: 'away' }
  } finally {
    clearTimeout(timer)
  }
}
