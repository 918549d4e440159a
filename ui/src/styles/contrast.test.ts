// Contrast of every pair of tokens that stand on each other, in each theme (WCAG 2.2, 1.4.3 and
// 1.4.11). tests/e2e measures what the engine draws.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Tokens = Record<string, string>

const TEXT = 4.5
const CONTROL = 3
const GROUNDS = ['ground', 'surface', 'raised']
/** What is written, and where. */
const WRITTEN: [string, string[]][] = [
  ['ink', [...GROUNDS, 'accent-soft', 'good-soft', 'warn-soft', 'bad-soft']],
  ['ink-soft', [...GROUNDS, 'accent-soft', 'good-soft', 'warn-soft', 'bad-soft']],
  ['off', GROUNDS],
  ['accent', ['ground', 'surface', 'accent-soft']],
  ['accent-strong', ['surface', 'accent-soft']],
  ['on-accent', ['accent', 'accent-strong']],
  ['good', ['ground', 'surface', 'good-soft']],
  ['warn', ['ground', 'surface', 'warn-soft']],
  ['bad', ['ground', 'surface', 'bad-soft']],
]
/** Edges of boxes, radios, fields and disabled keys, and the focus. */
const DRAWN: [string, string[]][] = [
  ['line-strong', ['ground', 'surface']],
  ['off', GROUNDS],
  ['focus', GROUNDS],
]

const CSS = readFileSync('src/styles/tokens.css', 'utf8')

/** Reads the tokens of each block that sets a colour scheme. */
function themes(): Record<string, Tokens> {
  const blocks = [...CSS.matchAll(/([^{}]*)\{([^{}]*color-scheme[^{}]*)\}/g)]
  return Object.fromEntries(
    blocks.map(([, selector, body]) => [
      (selector ?? '').trim(),
      Object.fromEntries([...(body ?? '').matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1], match[2]])) as Tokens,
    ]),
  )
}

function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function tooWeak(tokens: Tokens, pairs: [string, string[]][], least: number): string[] {
  return pairs.flatMap(([front, backs]) =>
    backs
      .map((back) => [`${front} on ${back}`, contrast(tokens[front] ?? '', tokens[back] ?? '')] as const)
      .filter(([, found]) => !(found >= least))
      .map(([pair, found]) => `${pair}: ${found.toFixed(2)}`),
  )
}

it('the measure knows black on white and a pair that is too weak', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(tooWeak({ ink: '#888888', ground: '#ffffff' }, [['ink', ['ground']]], TEXT)).toEqual(['ink on ground: 3.54'])
})

describe.each(Object.entries(themes()))('the theme %s', (_name, tokens) => {
  it('has text that can be read', () => expect(tooWeak(tokens, WRITTEN, TEXT)).toEqual([]))
  it('has controls that can be seen', () => expect(tooWeak(tokens, DRAWN, CONTROL)).toEqual([]))
})

it('there are four themes: light, dark, high contrast, and dark by the system', () => {
  expect(Object.keys(themes())).toHaveLength(4)
})
