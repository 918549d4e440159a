// Lists and symbols of a real centre (`src/testing/centre.json`), and what somebody may do to them.

import { readFileSync } from 'node:fs'

import { beforeEach, describe, expect, it, vi } from 'vitest'

import { keep, settings, type Trust } from '@/settings'
import type * as Lists from './lists'

interface Centre {
  trust: Trust
  lists: {
    keys: { value: { desks: { public_key: string }[] } }
    keysDelta: object | null
    filter: { value: { version: number } }
    filterDelta: { value: { revoked: string[]; version: number }; signature: string } | null
    checkedAt: number
  }
  /** Signed before the loss was reported. */
  before: { value: { version: number; revoked: string[] } }
  lost: string
  valid: string
}

const CENTRE = JSON.parse(readFileSync('src/testing/centre.json', 'utf8')) as Centre
const MARK = '保安甲 · 北门 · 2026-11-30 09:00:00'
const HOUR = 3_600_000

/** The phone's place for lists, which anybody with the phone may change. */
let kept: Map<string, string>

/** What the centre answers, by path; a missing one is an outage. */
function centreSays(answers: Record<string, unknown>): void {
  vi.stubGlobal('fetch', (path: string) => {
    const body = Object.entries(answers).find(([part]) => path.includes(part))?.[1]
    if (body === undefined) return Promise.reject(new TypeError('no connection'))
    return Promise.resolve(body === null ? new Response('', { status: 404 }) : new Response(JSON.stringify(body)))
  })
}

/** The centre's own answers to a phone that holds nothing. */
function asItIs(): Record<string, unknown> {
  const { keys, filter, filterDelta } = CENTRE.lists
  return { 'trust-anchors': null, 'keys/delta': null, 'revocations/delta': filterDelta, 'v1/keys': { keys }, 'v1/revocations': filter }
}

async function phone(): Promise<{ lists: typeof Lists; answer: (text: string) => Promise<string> }> {
  vi.resetModules()
  const fresh = await import('@/settings')
  Object.assign(fresh.settings, settings)
  const lists = await import('./lists')
  const { verifyOffline } = await import('./verify')
  const answer = async (text: string): Promise<string> => {
    const { state } = await verifyOffline(text, MARK)
    return state.of === 'code' ? state.answer : state.of === 'offline' ? state.finding : state.trouble
  }
  return { lists, answer }
}

beforeEach(() => {
  kept = new Map()
  const cache = {
    match: (key: string) => Promise.resolve(kept.has(key) ? new Response(kept.get(key)) : undefined),
    put: async (key: string, response: Response) => void kept.set(key, await response.text()),
  }
  vi.stubGlobal('caches', { open: () => Promise.resolve(cache) })
  vi.useFakeTimers({ now: CENTRE.lists.checkedAt + HOUR, toFake: ['Date'] })
  keep({ trust: CENTRE.trust, clockAhead: 0, scanner: '保安甲', place: '北门' })
})

describe('without a connection', () => {
  it('a phone that was set up tells a valid code from a lost one, also after it was closed', async () => {
    centreSays(asItIs())
    const first = await phone()
    await first.lists.updateLists()
    expect(first.lists.listsState.is).toBe('fresh')
    centreSays({})
    const later = await phone()
    expect(await later.answer(CENTRE.valid)).toBe('offline')
    expect(await later.answer(CENTRE.lost)).toBe('revoked')
  })

  it('a phone says what it lacks', async () => {
    centreSays({})
    expect(await (await phone()).answer(CENTRE.valid)).toBe('noLists')
    keep({ trust: null })
    expect(await (await phone()).answer(CENTRE.valid)).toBe('noTrust')
  })

  it('old lists and a clock that was set back are said', async () => {
    centreSays(asItIs())
    const { lists, answer } = await phone()
    await lists.updateLists()
    const { checkedAt } = lists.listsState
    vi.setSystemTime(checkedAt + 25 * HOUR)
    expect(await answer(CENTRE.valid)).toBe('old')
    expect(await answer(CENTRE.lost)).toBe('revoked')
    vi.setSystemTime(checkedAt - HOUR)
    expect(await answer(CENTRE.valid)).toBe('clock')
    vi.setSystemTime(checkedAt + 200 * 24 * HOUR)
    expect(await answer(CENTRE.valid)).toBe('expired')
  })

  it('no symbol but the signed one is accepted', async () => {
    centreSays(asItIs())
    const { lists, answer } = await phone()
    await lists.updateLists()
    expect(await answer('https://example.org')).toBe('foreign')
    expect(await answer('SSM1:')).toBe('damaged')
    for (let at = 5; at < CENTRE.valid.length; at += 7) {
      const changed = CENTRE.valid.slice(0, at) + (CENTRE.valid[at] === 'A' ? 'B' : 'A') + CENTRE.valid.slice(at + 1)
      expect(['damaged', 'wrong_signature', 'other_class', 'foreign']).toContain(await answer(changed))
    }
  })

  it('codes of another centre and class are not ours', async () => {
    centreSays(asItIs())
    keep({ trust: { ...CENTRE.trust, issuer: 'ELSEWHERE' } })
    const elsewhere = await phone()
    await elsewhere.lists.updateLists()
    expect(await elsewhere.answer(CENTRE.valid)).toBe('foreign')
    keep({ trust: { ...CENTRE.trust, class: CENTRE.trust.class === 'live' ? 'practice' : 'live' } })
    expect(await (await phone()).answer(CENTRE.valid)).toBe('other_class')
  })
})

describe('lists are used only', () => {
  it('if the key of the set-up signed them', async () => {
    centreSays(asItIs())
    const [desk] = CENTRE.lists.keys.value.desks
    keep({ trust: { ...CENTRE.trust, root: desk?.public_key ?? '' } })
    const { lists, answer } = await phone()
    await lists.updateLists()
    expect(lists.listsState.is).toBe('wrong')
    expect(await answer(CENTRE.valid)).toBe('noLists')
    expect(kept.size).toBe(0)
  })

  it('as they were signed', async () => {
    const { filterDelta } = CENTRE.lists
    const hidden = { ...filterDelta, value: { ...filterDelta?.value, revoked: [] } }
    centreSays({ ...asItIs(), 'revocations/delta': hidden })
    const { lists } = await phone()
    await lists.updateLists()
    expect(lists.listsState.is).toBe('wrong')
  })

  it('if nobody changed them on the phone', async () => {
    centreSays(asItIs())
    await (await phone()).lists.updateLists()
    centreSays({})
    const [[place, text] = ['', '']] = kept
    kept.set(place, text.replace(/"revoked":\[[^\]]+\]/, '"revoked":[]'))
    expect(kept.get(place)).not.toBe(text)
    expect(await (await phone()).answer(CENTRE.lost)).toBe('noLists')
  })

  it('if they are no older than those that are held', async () => {
    centreSays(asItIs())
    const { lists, answer } = await phone()
    await lists.updateLists()
    // A thief between phone and centre sends what the centre itself signed, before the loss.
    centreSays({ ...asItIs(), 'revocations/delta': CENTRE.before })
    await lists.updateLists()
    expect(lists.listsState.is).toBe('wrong')
    expect(await answer(CENTRE.lost)).toBe('revoked')
  })
})
