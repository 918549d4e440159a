// The text of a symbol: COSE_Sign1 over CWT claims, Base45, with the prefix `SSM1:`.

import { fromBase45, hex } from './bytes'
import { decode, encode, Tagged, type Cbor } from './cbor'

const PREFIX = 'SSM1:'
const LIMIT_BYTES = 1_024
/** Tag of COSE_Sign1 (RFC 9052). */
const SIGN1 = 18
const SM2_WITH_SM3 = -65_537
/** Labels of the claims (RFC 8392), and two of our own. */
const [ISSUER, EXPIRES, ISSUED, SERIAL, HOLDER, CLASS] = [1, 4, 6, 7, -65_538, -65_539]

export interface Symbol {
  issuer: string
  /** Milliseconds since 1970. */
  issuedAt: number
  expiresAt: number
  serial: Uint8Array
  maskedName: string
  maskedNumber: string
  class: 'live' | 'practice'
  keyId: string
  /** What is signed, and the signature in hexadecimal. */
  signed: Uint8Array
  signature: string
}

/** Reads a symbol without checking its signature. */
export function read(text: string): Symbol | 'foreign' | 'damaged' {
  if (text.length > LIMIT_BYTES || !text.startsWith(PREFIX)) return 'foreign'
  const bytes = fromBase45(text.slice(PREFIX.length))
  return (bytes && structure(decode(bytes))) ?? 'damaged'
}

function structure(value: Cbor | undefined): Symbol | null {
  if (!(value instanceof Tagged) || value.tag !== SIGN1 || !Array.isArray(value.value)) return null
  const [header, unprotected, payload, signature, ...rest] = value.value
  if (!(header instanceof Uint8Array) || !(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) return null
  if (!(unprotected instanceof Map) || unprotected.size > 0 || rest.length > 0 || signature.length !== 64) return null
  const keyId = keyIn(decode(header))
  const claims = decode(payload)
  if (keyId === null || !(claims instanceof Map) || claims.size !== 6) return null
  const signed = encode(['Signature1', header, new Uint8Array(0), payload])
  return claimed(claims, { keyId, signed, signature: hex(signature) })
}

function keyIn(header: Cbor | undefined): string | null {
  if (!(header instanceof Map) || header.size !== 2 || header.get(1) !== SM2_WITH_SM3) return null
  const id = header.get(4)
  return id instanceof Uint8Array && id.length === 8 ? hex(id) : null
}

function claimed(claims: Map<Cbor, Cbor>, rest: Pick<Symbol, 'keyId' | 'signed' | 'signature'>): Symbol | null {
  const [issuer, expires, issued, serial, holder, kind] = [ISSUER, EXPIRES, ISSUED, SERIAL, HOLDER, CLASS].map((label) =>
    claims.get(label as number),
  )
  if (typeof issuer !== 'string' || typeof expires !== 'number' || typeof issued !== 'number') return null
  if (!(serial instanceof Uint8Array) || serial.length !== 16 || !Array.isArray(holder) || holder.length !== 2) return null
  const [maskedName, maskedNumber] = holder
  if (typeof maskedName !== 'string' || typeof maskedNumber !== 'string' || (kind !== 1 && kind !== 2)) return null
  return {
    issuer,
    issuedAt: issued * 1000,
    expiresAt: expires * 1000,
    serial,
    maskedName,
    maskedNumber,
    class: kind === 1 ? 'live' : 'practice',
    ...rest,
  }
}
