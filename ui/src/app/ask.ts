// The one way to call Rust: returns an answer or a failure with its sentence, and never throws.

import type { Failure } from '@/bindings'
import { CALL_FAILED } from '@/i18n/generated'

/** Result of a generated command. */
export type Answer<T> = { status: 'ok'; data: T } | { status: 'error'; error: Failure }

/** Outcome for a screen. `failure: null` means that the person stopped waiting. */
export type Outcome<T> = { ok: true; data: T } | { ok: false; failure: Failure | null }

/** Waits for a command and turns every way to fail into a `Failure`. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<Outcome<T>> {
  try {
    const result = await answer
    if (result.status === 'ok') return { ok: true, data: result.data }
    return { ok: false, failure: isFailure(result.error) ? result.error : CALL_FAILED }
  } catch {
    return { ok: false, failure: CALL_FAILED }
  }
}

// The shell refuses with a bare string; only the commands answer with a `Failure`.
function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'code' in value && 'zh' in value && 'en' in value
}

/** Returns whether a newer view is already shown, because an event overtook this answer. */
export function isOutdated(next: { revision: number }, known: { revision: number } | null): boolean {
  return known !== null && next.revision < known.revision
}
