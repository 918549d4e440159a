import { describe, expect, it } from 'vitest'

import { LONGEST_GAP_MS, Wedge, type WedgeVerdict } from './wedge'

function feed(wedge: Wedge, text: string, gap: number, from = 1000): WedgeVerdict[] {
  return [...text].map((key, at) => wedge.press(key, from + at * gap))
}

describe('a scanner that types like a keyboard', () => {
  it('is recognised by prefix and speed, and its text is returned whole', () => {
    const wedge = new Wedge()
    const verdicts = feed(wedge, 'SSM1:6BF+70 %*$', 4)
    expect(verdicts.slice(0, 4).map((verdict) => verdict.is)).toEqual(['typing', 'typing', 'typing', 'typing'])
    expect(verdicts[4]).toEqual({ is: 'begins' })
    expect(verdicts.slice(5).every((verdict) => verdict.is === 'scanning')).toBe(true)
    expect(wedge.press('Enter', 1064)).toEqual({ is: 'scan', text: 'SSM1:6BF+70 %*$' })
  })

  it('is recognised by the code on a phone', () => {
    const wedge = new Wedge()
    feed(wedge, 'SSL1:eyJudW1iZXIi.c2ln', 4)
    expect(wedge.finish()).toBe('SSL1:eyJudW1iZXIi.c2ln')
  })

  it('is not confused with a person who types the same slowly', () => {
    const verdicts = feed(new Wedge(), 'SSM1:ABC', LONGEST_GAP_MS + 1)
    expect(verdicts.every((verdict) => verdict.is === 'typing')).toBe(true)
  })

  it('is ignored when it types any other code as fast', () => {
    expect(feed(new Wedge(), '6901234567892', 4).every((verdict) => verdict.is === 'typing')).toBe(true)
  })

  it('is recognised after letters that only resemble the prefix', () => {
    expect(feed(new Wedge(), 'SSSM1:A', 4).map((verdict) => verdict.is).slice(-2)).toEqual(['begins', 'scanning'])
  })

  it('ends a scan by silence when it sends no Enter', () => {
    const wedge = new Wedge()
    feed(wedge, 'SSM1:ABC', 4)
    expect(wedge.finish()).toBe('SSM1:ABC')
    expect(wedge.finish()).toBeNull()
  })
})
