import { describe, expect, it } from 'vitest'

import { ANSWERS, type HealthAnswer } from '@/centre/wire'
import { toneOf, toneOfHealth, worst } from './shown'

const NOW = 1_796_000_000_000
const HOUR = 3_600_000

const known = (state: 'green' | 'yellow' | 'red', age: number, outcome?: 'negative' | 'positive'): HealthAnswer => ({
  said: 'known',
  state,
  as_of: NOW - age,
  latest_test: outcome ? { outcome, sampled_at: NOW - 20 * HOUR } : null,
})

describe('m6: an answer is good only if', () => {
  it('the code is valid at the centre', () => {
    const good = ANSWERS.filter((answer) => toneOf({ of: 'code', answer }) === 'good')
    expect(good).toEqual(['valid'])
    expect(toneOf({ of: 'code', answer: 'provisional' })).toBe('warn')
  })

  it('it did not come from this phone', () => {
    expect(toneOf({ of: 'offline', finding: 'offline' })).toBe('warn')
    expect(toneOf({ of: 'offline', finding: 'old' })).toBe('warn')
    expect(toneOf({ of: 'offline', finding: 'revoked' })).toBe('bad')
  })

  it('the provider says green, today', () => {
    expect(toneOfHealth(known('green', HOUR, 'negative'), NOW)).toBe('good')
    expect(toneOfHealth(known('green', 25 * HOUR), NOW)).toBe('warn')
    expect(toneOfHealth(known('green', HOUR, 'positive'), NOW)).toBe('bad')
    expect(toneOfHealth(known('yellow', HOUR), NOW)).toBe('warn')
    expect(toneOfHealth(known('red', 25 * HOUR), NOW)).toBe('bad')
  })

  it('something is known at all', () => {
    for (const said of ['no_provider', 'unavailable', 'implausible', 'no_record'] as const) {
      expect(toneOfHealth({ said }, NOW)).toBe('warn')
    }
    expect(toneOfHealth({ said: 'offline' }, NOW)).toBe('warn')
  })

  it('no part of it is worse', () => {
    expect(worst('good', 'good')).toBe('good')
    expect(worst('good', 'warn')).toBe('warn')
    expect(worst('bad', 'good')).toBe('bad')
  })
})
