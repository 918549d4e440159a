// One way to call the program: an answer or a failure with its words, never an exception.

import type { Failure } from '@/bindings'
import { both } from '@/i18n'

/** What a generated command resolves to. */
export type Answer<T> = { status: 'ok'; data: T } | { status: 'error'; error: Failure }

/** `failure: null` without data: the person stopped waiting. */
export type Outcome<T> = { ok: true; data: T } | { ok: false; failure: Failure | null }

/** The call itself did not get through (refused by the shell, or the program is going down). */
export function callFailed(): Failure {
  const words = both('failure.callFailed')
  return { code: 'page_call_failed', zh: words.zh, en: words.en, field: null }
}

/** Awaits a command. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<Outcome<T>> {
  try {
    const result = await answer
    if (result.status === 'ok') return { ok: true, data: result.data }
    return { ok: false, failure: isFailure(result.error) ? result.error : callFailed() }
  } catch {
    return { ok: false, failure: callFailed() }
  }
}

// The shell itself (not the program behind it) refuses with a bare string.
function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'code' in value && 'zh' in value && 'en' in value
}

/** Whether an event has overtaken this view, so that it comes too late. */
export function isOutdated(next: { revision: number }, known: { revision: number } | null): boolean {
  return known !== null && next.revision < known.revision
}
