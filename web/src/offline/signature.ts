// SM2 signatures with SM3 (GB/T 32918.2), as `rules::keys` makes them.

import { sm2, sm3 } from 'sm-crypto-v2'

/** Order of the curve: both halves of a signature are between 1 and it. */
const ORDER = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123')

/** Returns whether the key (65 bytes, hexadecimal) signed the message. */
export function isSigned(message: Uint8Array, signature: string, publicKey: string): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature) || !/^04[0-9a-f]{128}$/.test(publicKey)) return false
  const halves = [signature.slice(0, 64), signature.slice(64)].map((half) => BigInt(`0x${half}`))
  if (halves.some((half) => half < BigInt(1) || half >= ORDER)) return false
  try {
    return sm2.doVerifySignature(message, signature, publicKey, { hash: true })
  } catch {
    return false
  }
}

/** Returns the SM3 digest in hexadecimal. */
export function digest(bytes: Uint8Array): string {
  return sm3(bytes)
}
