import { describe, expect, it } from 'vitest'

import { fromBase45, fromHex, hex } from './bytes'
import { decode, encode } from './cbor'

describe('canonical CBOR', () => {
  // Appendix A of RFC 8949.
  it.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-1000, '3903e7'],
    [null, 'f6'],
    [true, 'f5'],
    ['水', '63e6b0b4'],
    [[1, [2, 3]], '8201820203'],
    [{ b: [2, 3], a: 1 }, 'a26161016162820203'],
    // Shorter keys first: bytewise order of their encodings.
    [{ aa: 1, b: 2 }, 'a261620262616101'],
  ])('writes %j', (value, bytes) => {
    expect(hex(encode(value))).toBe(bytes)
  })

  it('reads what it writes', () => {
    const bytes = encode(new Map<number, unknown>([[1, 'SHSSM'], [-65_538, ['王**', '*']]]))
    expect(hex(encode(decode(bytes)))).toBe(hex(bytes))
  })

  it.each([
    ['1817', 'a longer head than needed'],
    ['a2616201616102', 'keys out of order'],
    ['a2616101616102', 'a key twice'],
    ['6180', 'no UTF-8'],
    ['5affffffff', 'cut short'],
    ['9bffffffffffffffff', 'a length beyond all'],
    ['0000', 'something behind it'],
    ['fb3ff0000000000000', 'a float'],
    ['818181818181818181818100', 'too deep'],
  ])('refuses %s: %s', (bytes) => {
    expect(decode(fromHex(bytes) ?? new Uint8Array(0))).toBeUndefined()
  })
})

describe('Base45', () => {
  // Section 4.3 of RFC 9285.
  it.each([
    ['BB8', 'AB'],
    ['%69 VD92EX0', 'Hello!!'],
    ['UJCLQE7W581', 'base-45'],
  ])('reads %s', (text, wanted) => {
    expect(new TextDecoder().decode(fromBase45(text) ?? new Uint8Array(0))).toBe(wanted)
  })

  it.each(['GGW0', ':::', 'a', '0', 'bb8', 'BB8_'])('refuses %s', (text) => {
    expect(fromBase45(text)).toBeNull()
  })
})
