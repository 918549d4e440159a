// Canonical CBOR (RFC 8949, 4.2.1): what is signed. One value has one encoding.

import { isEqual } from './bytes'

export type Cbor = number | string | boolean | null | Uint8Array | Cbor[] | Map<Cbor, Cbor> | Tagged

/** A value with a tag. */
export class Tagged {
  constructor(
    readonly tag: number,
    readonly value: Cbor,
  ) {}
}

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const
const [FALSE, TRUE, NULL] = [0xf4, 0xf5, 0xf6]

function head(major: number, value: number): number[] {
  const first = major << 5
  if (value < 24) return [first | value]
  if (value < 0x100) return [first | 24, value]
  if (value < 0x1_0000) return [first | 25, value >> 8, value & 0xff]
  const low = value % 0x1_0000_0000
  const word = (part: number): number[] => [part >>> 24, (part >>> 16) & 0xff, (part >>> 8) & 0xff, part & 0xff]
  if (value < 0x1_0000_0000) return [first | 26, ...word(low)]
  return [first | 27, ...word(Math.floor(value / 0x1_0000_0000)), ...word(low)]
}

/** Collects bytes; lists of a city are megabytes long. */
class Writer {
  private bytes = new Uint8Array(1024)
  private length = 0

  put(part: ArrayLike<number>): void {
    if (this.length + part.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.length + part.length))
      grown.set(this.bytes)
      this.bytes = grown
    }
    this.bytes.set(part, this.length)
    this.length += part.length
  }

  taken(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

const utf8 = new TextEncoder()

function compare(one: Uint8Array, other: Uint8Array): number {
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0)
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

function write(value: unknown, to: Writer): void {
  if (value === null) to.put([NULL])
  else if (typeof value === 'boolean') to.put([value ? TRUE : FALSE])
  else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('only whole numbers are signed')
    to.put(value < 0 ? head(MAJOR.negative, -1 - value) : head(MAJOR.unsigned, value))
  } else if (typeof value === 'string') {
    const text = utf8.encode(value)
    to.put(head(MAJOR.text, text.length))
    to.put(text)
  } else if (value instanceof Uint8Array) {
    to.put(head(MAJOR.bytes, value.length))
    to.put(value)
  } else if (Array.isArray(value)) {
    to.put(head(MAJOR.array, value.length))
    value.forEach((item) => write(item, to))
  } else if (value instanceof Tagged) {
    to.put(head(MAJOR.tag, value.tag))
    write(value.value, to)
  } else {
    const entries = value instanceof Map ? [...value] : Object.entries(value as object)
    const keyed = entries.map(([key, item]) => [encode(key), item] as const)
    keyed.sort(([one], [other]) => compare(one, other))
    to.put(head(MAJOR.map, keyed.length))
    for (const [key, item] of keyed) {
      to.put(key)
      write(item, to)
    }
  }
}

/** Encodes a value of JSON or CBOR. */
export function encode(value: unknown): Uint8Array {
  const to = new Writer()
  write(value, to)
  return to.taken()
}

const DEEPEST = 6

class Reader {
  private at = 0

  constructor(private readonly bytes: Uint8Array) {}

  take(count: number): Uint8Array {
    const part = this.bytes.subarray(this.at, this.at + count)
    if (part.length !== count) throw new RangeError('cut short')
    this.at += count
    return part
  }

  private number(info: number): number {
    if (info < 24) return info
    if (info > 27) throw new RangeError('no length')
    const value = this.take(1 << (info - 24)).reduce((sum, byte) => sum * 256 + byte, 0)
    if (!Number.isSafeInteger(value)) throw new RangeError('too large')
    return value
  }

  value(depth: number): Cbor {
    if (depth > DEEPEST) throw new RangeError('too deep')
    const [first = 0] = this.take(1)
    const major = first >> 5
    if (major === MAJOR.simple) {
      if (first === NULL) return null
      if (first === TRUE || first === FALSE) return first === TRUE
      throw new RangeError('unknown kind')
    }
    const count = this.number(first & 31)
    switch (major) {
      case MAJOR.unsigned:
        return count
      case MAJOR.negative:
        return -1 - count
      case MAJOR.bytes:
        return this.take(count).slice()
      case MAJOR.text:
        return new TextDecoder('utf-8', { fatal: true }).decode(this.take(count))
      case MAJOR.array:
        return Array.from({ length: this.bounded(count) }, () => this.value(depth + 1))
      case MAJOR.map: {
        const map = new Map<Cbor, Cbor>()
        for (let left = this.bounded(count); left > 0; left -= 1) map.set(this.value(depth + 1), this.value(depth + 1))
        return map
      }
      default:
        return new Tagged(count, this.value(depth + 1))
    }
  }

  /** No list is longer than the bytes it is in. */
  private bounded(count: number): number {
    if (count > this.bytes.length) throw new RangeError('too long')
    return count
  }
}

/** Decodes bytes that are the one canonical encoding of a value; `undefined` for any others. */
export function decode(bytes: Uint8Array): Cbor | undefined {
  try {
    const value = new Reader(bytes).value(0)
    return isEqual(encode(value), bytes) ? value : undefined
  } catch {
    return undefined
  }
}
