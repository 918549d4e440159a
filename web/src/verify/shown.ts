// What the answer to a scan looks like: one shape for the centre's answers and this phone's own.

import type { HealthAnswer, VerifyAnswer, VerifyResponse } from '@/centre/wire'

export type Tone = 'good' | 'warn' | 'bad'

/** Which words stand large. `VerifyAnswer` is the centre's or a fault of the symbol itself. */
export type State =
  | { of: 'code'; answer: VerifyAnswer }
  | { of: 'offline'; finding: 'offline' | 'revoked' | 'old' }
  | { of: 'trouble'; trouble: 'busy' | 'refused' | 'noTrust' | 'noLists' | 'clock' }

/** An answer on the screen. It lives in memory only. */
export interface Shown {
  state: State
  maskedName: string | null
  maskedNumber: string | null
  issuedAt: number | null
  validThrough: string | null
  watermark: string
  health: HealthAnswer | { said: 'offline' }
  /** Registration for a test can be asked for (M7). */
  registers: boolean
  /** When the centre answered, or when the lists were last compared with it. */
  asOf: number | null
}

const DOUBTFUL: readonly VerifyAnswer[] = ['provisional']

export function toneOf(state: State): Tone {
  switch (state.of) {
    case 'code':
      if (state.answer === 'valid') return 'good'
      return DOUBTFUL.includes(state.answer) ? 'warn' : 'bad'
    case 'offline':
      return state.finding === 'revoked' ? 'bad' : 'warn'
    case 'trouble':
      return 'warn'
  }
}

/** Age above which a health state is not of today, in milliseconds. */
const HEALTH_OLD_MS = 24 * 60 * 60 * 1000

export function isOld(at: number, now: number): boolean {
  return now - at > HEALTH_OLD_MS
}

/** Only a green state of today is good; what nobody knows is never good (M6). */
export function toneOfHealth(health: Shown['health'], now: number): Tone {
  if (health.said !== 'known') return 'warn'
  if (health.state === 'red' || health.latest_test?.outcome === 'positive') return 'bad'
  return health.state === 'green' && !isOld(health.as_of, now) ? 'good' : 'warn'
}

const ORDER: readonly Tone[] = ['good', 'warn', 'bad']

/** The whole answer is as good as its worst part. */
export function worst(...tones: Tone[]): Tone {
  return ORDER[Math.max(...tones.map((tone) => ORDER.indexOf(tone)))] ?? 'bad'
}

export function fromCentre(response: VerifyResponse): Shown {
  return {
    state: { of: 'code', answer: response.answer },
    maskedName: response.masked_name,
    maskedNumber: response.masked_number,
    issuedAt: response.issued_at,
    validThrough: response.valid_through,
    watermark: response.watermark,
    health: response.health,
    registers: response.answer === 'valid',
    asOf: response.server_time,
  }
}

/** An answer that names nobody. */
export function blank(state: State, watermark: string): Shown {
  return {
    state,
    maskedName: null,
    maskedNumber: null,
    issuedAt: null,
    validThrough: null,
    watermark,
    health: { said: 'offline' },
    registers: false,
    asOf: null,
  }
}
