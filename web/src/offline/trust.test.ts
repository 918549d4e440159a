// Lists of issuing keys, signed here as `rules::issuing` writes it down.

import { sm2 } from 'sm-crypto-v2'
import { describe, expect, it } from 'vitest'

import type { Trust } from '@/settings'
import { encode } from './cbor'
import { isTrusted, keyId, type Issued, type Versioned } from './trust'

const root = sm2.generateKeyPairHex()
const issuing = sm2.generateKeyPairHex()
const TRUST: Trust = { root: root.publicKey, issuer: 'SHSSM', class: 'live', days: 180 }

const sign = (value: unknown, by: { privateKey: string; publicKey: string }): string =>
  sm2.doSignature(encode(value), by.privateKey, { hash: true, publicKey: by.publicKey })

function issued(changes: Partial<{ purpose: string; from: number; to: number; class: string; at: number }> = {}, by = root): Issued<Versioned> {
  const { purpose = 'lists', from = 100, to = 200, class: kind = 'live', at = 150 } = changes
  const key = { purpose, public_key: issuing.publicKey, class: kind, from, to }
  const value = { version: 3, class: 'live' }
  return {
    value,
    at,
    signature: sign(['lists', at, value], issuing),
    issuer: { value: key, signature: sign(key, by), key_id: keyId(by.publicKey) },
  }
}

describe('a list counts', () => {
  it('if an issuing key of the root signed it', () => {
    expect(isTrusted(issued(), TRUST, null)).toBe(true)
  })

  it('not if the issuing key is another’s, for something else, or not in force', () => {
    const stranger = sm2.generateKeyPairHex()
    for (const list of [
      issued({}, stranger),
      issued({ purpose: 'receipts' }),
      issued({ class: 'practice' }),
      issued({ at: 99 }),
      issued({ at: 201 }),
      { ...issued(), value: { version: 4, class: 'live' } },
      { ...issued(), at: 151 },
    ]) {
      expect(isTrusted(list, TRUST, null)).toBe(false)
    }
    const ownName = { ...issued({}, stranger).issuer, key_id: keyId(root.publicKey) }
    expect(isTrusted({ ...issued(), issuer: ownName }, TRUST, null)).toBe(false)
    expect(isTrusted(issued(), { ...TRUST, class: 'practice' }, null)).toBe(false)
  })

  it('not if the root took the key back from before', () => {
    const since = (at: number): boolean =>
      isTrusted(issued(), TRUST, { version: 1, class: 'live', keys: [{ key_id: keyId(issuing.publicKey), since: at }] })
    expect(since(151)).toBe(true)
    expect(since(150)).toBe(false)
  })
})
