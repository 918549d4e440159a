import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { fromHex } from './bytes'
import { open } from './filter'

// Written by a test of `rules`.
const SAMPLE = JSON.parse(readFileSync('src/testing/filter.json', 'utf8')) as {
  bytes: string
  revoked: string[]
  others: string[]
}

const serial = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0)

describe('the revocation filter', () => {
  it('tells what the desks’ code tells', () => {
    const filter = open(SAMPLE.bytes)
    expect(SAMPLE.revoked.map((text) => filter?.(serial(text)))).toEqual(SAMPLE.revoked.map(() => true))
    expect(SAMPLE.others.map((text) => filter?.(serial(text)))).toEqual(SAMPLE.others.map(() => false))
  })

  it('of other bytes is none', () => {
    const bytes = atob(SAMPLE.bytes)
    for (const wrong of [bytes.slice(0, -1), bytes.slice(0, 20), `x${bytes.slice(1)}`, `${bytes}xx`, '']) {
      expect(open(btoa(wrong))).toBeNull()
    }
    // A segment that is no power of two would read beyond the end.
    expect(open(btoa(`${bytes.slice(0, 13)}\0\0\0\x03${bytes.slice(17)}`))).toBeNull()
    expect(open('?')).toBeNull()
  })
})
