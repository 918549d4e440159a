// The revocation filter: a BinaryFuse16 in the layout of `rules::revocation`.

import { fromBase64 } from './bytes'
import { digest } from './signature'

/** Name and version of the layout. */
const MAGIC = 'SSRF\x01'
const HEAD_BYTES = MAGIC.length + 8 + 4 + 4

const MASK = (BigInt(1) << BigInt(64)) - BigInt(1)
const [MIX_1, MIX_2] = [BigInt('0xff51afd7ed558ccd'), BigInt('0xc4ceb9fe1a85ec53')]
const shift = (value: bigint, bits: number): bigint => value >> BigInt(bits)

/** Finalizer of MurmurHash3. */
function mix(key: bigint): bigint {
  let mixed = key
  mixed ^= shift(mixed, 33)
  mixed = (mixed * MIX_1) & MASK
  mixed ^= shift(mixed, 33)
  mixed = (mixed * MIX_2) & MASK
  return mixed ^ shift(mixed, 33)
}

/** An open filter: `true` is wrong once in 65,536, `false` never. */
export type Filter = (serial: Uint8Array) => boolean

/** Opens a filter; `null` if the bytes are none. */
export function open(base64: string): Filter | null {
  const bytes = fromBase64(base64)
  if (!bytes || bytes.length < HEAD_BYTES || String.fromCharCode(...bytes.slice(0, MAGIC.length)) !== MAGIC) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const seed = (BigInt(view.getUint32(5)) << BigInt(32)) | BigInt(view.getUint32(9))
  const segment = view.getUint32(13)
  const all = view.getUint32(17)
  // A look-up reads one fingerprint in each of three neighbouring segments of equal length 2ⁿ.
  const isPower = segment > 0 && Number.isInteger(Math.log2(segment))
  if (!isPower || all === 0 || all % segment !== 0 || bytes.length !== HEAD_BYTES + 2 * (all + 2 * segment)) return null
  const fingerprint = (at: number): number => view.getUint16(HEAD_BYTES + 2 * at)
  const within = (bits: bigint): number => Number(bits & BigInt(segment - 1))
  return (serial) => {
    const key = BigInt(`0x${digest(serial).slice(0, 16)}`)
    const hash = mix((key + seed) & MASK)
    const first = Number((hash * BigInt(all)) >> BigInt(64))
    // The offset flips the low bits of a place, which need not begin a segment.
    const second = ((first + segment) ^ within(shift(hash, 18))) >>> 0
    const third = ((first + 2 * segment) ^ within(hash)) >>> 0
    const wanted = Number((hash ^ shift(hash, 32)) & BigInt(0xffff))
    return (wanted ^ fingerprint(first) ^ fingerprint(second) ^ fingerprint(third)) === 0
  }
}
