// The page's requests to the portal's server (`portal/`). Everything about a person travels in
// bodies.

import type { ChannelView, Field } from '@/common/channel'
import type { Language } from '@/common/language'

/** Longest wait for an answer; the sheet is drawn meanwhile. */
const PATIENCE_MS = 25_000

/** Why a request was not done. */
export type Failure =
  | { error: 'logged_out' | 'not_bound' | 'missing' | 'malformed' | 'busy' | 'unavailable' }
  | { error: 'refused'; code: string }

export type Result<T> = { failure: Failure; value?: never } | { failure: null; value: T }

/** Whose code it is about: a relative's reference, or `null` for the person who logged in. */
export type Holder = string | null

/** A view, and for how long the session still lasts. */
export interface Shown {
  view: ChannelView
  ends_in_s: number
}

const UNAVAILABLE: Failure = { error: 'unavailable' }

async function send(call: string, body: object): Promise<Result<Response>> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS)
  try {
    const response = await fetch(`./api/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      signal: patience.signal,
    })
    if (response.ok) return { failure: null, value: response }
    const failure = (await response.json()) as Failure
    return { failure: typeof failure.error === 'string' ? failure : UNAVAILABLE }
  } catch {
    return { failure: UNAVAILABLE }
  } finally {
    clearTimeout(timer)
  }
}

async function json<T>(call: string, body: object): Promise<Result<T>> {
  const sent = await send(call, body)
  if (sent.failure) return sent
  try {
    return { failure: null, value: (await sent.value.json()) as T }
  } catch {
    return { failure: UNAVAILABLE }
  }
}

async function bytes(call: string, holder: Holder): Promise<Result<Blob>> {
  const sent = await send(call, { holder })
  if (sent.failure) return sent
  try {
    return { failure: null, value: await sent.value.blob() }
  } catch {
    return { failure: UNAVAILABLE }
  }
}

/** Begins a log-in and returns where to go. */
export const beginLogIn = (language: Language): Promise<Result<{ address: string }>> => json('log-in', { language })

/** Ends a log-in with the code that the log-in service sent the browser back with. */
export const endLogIn = (code: string): Promise<Result<Shown>> => json('session', { code })

export const logOut = (): Promise<Result<object>> => json('log-out', {})

export const look = (holder: Holder): Promise<Result<Shown>> => json('view', { holder })

export const photo = (holder: Holder): Promise<Result<Blob>> => bytes('photo', holder)

/** Issues or reports a loss; the page asks for the view afterwards. */
export const act = (call: 'apply' | 'reapply' | 'reissue' | 'loss', holder: Holder): Promise<Result<object>> =>
  json(call, { holder, confirmed: true })

export const escalate = (holder: Holder, field: Field, remark: string): Promise<Result<object>> =>
  json('escalate', { holder, field, remark: remark.trim() || null })

/** Fetches the sheet, which counts as one more copy. */
export const sheet = (holder: Holder): Promise<Result<Blob>> => bytes('sheet', holder)
