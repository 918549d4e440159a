// Whose lists count: those of an issuing key whose record the root key of the set-up signed
// (`rules::issuing`).

import { fromHex } from './bytes'
import { encode } from './cbor'
import { digest, isSigned } from './signature'
import type { Trust } from '@/settings'

export interface Versioned {
  version: number
  class: string
}

/** A value that the root signed. */
export interface Signed<T> {
  value: T
  signature: string
  key_id: string
}

/** Record of a key that signs for the centre, signed by the root. */
interface IssuingKey {
  purpose: string
  public_key: string
  class: string
  from: number
  to: number
}

/** A value that an issuing key signed, with the record of that key. */
export interface Issued<T> {
  value: T
  at: number
  signature: string
  issuer: Signed<IssuingKey>
}

/** Issuing keys that the root took back. */
export type RevokedIssuers = Versioned & { keys: { key_id: string; since: number }[] }

const PURPOSE = 'lists'

/** First 8 bytes of a key's SM3 digest. */
export function keyId(publicKey: string): string {
  return digest(fromHex(publicKey) ?? new Uint8Array(0)).slice(0, 16)
}

/** Returns whether the root itself signed a value. */
export function isOfRoot({ value, signature, key_id }: Signed<unknown>, { root }: Trust): boolean {
  return key_id === keyId(root) && isSigned(encode(value), signature, root)
}

/** Returns whether a list counts for a phone that was set up with this trust. */
export function isTrusted(list: Issued<Versioned>, trust: Trust, revoked: RevokedIssuers | null): boolean {
  if (list.value.class !== trust.class) return false
  const { value, at, signature, issuer } = list
  const key = issuer.value
  if (!isOfRoot(issuer, trust) || key.purpose !== PURPOSE || key.class !== trust.class) return false
  if (at < key.from || at > key.to) return false
  const id = keyId(key.public_key)
  if (revoked?.keys.some((one) => one.key_id === id && at >= one.since)) return false
  return isSigned(encode([PURPOSE, at, value]), signature, key.public_key)
}
