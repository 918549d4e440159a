import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { i18n, setLanguage } from '.'
import { en } from './en'
import { age, day, moment } from './time'
import { zh } from './zh'

function keysOf(tree: object, path = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? keysOf(value, `${path}${key}.`) : [`${path}${key}`],
  )
}
function valueAt(tree: object, key: string): unknown {
  return key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], tree)
}
function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['i18n', 'testing'].includes(entry.name) ? [] : files(path)
    return /\.(vue|ts)$/.test(entry.name) && !/\.test\.ts$|bindings\.ts$/.test(entry.name) ? [path] : []
  })
}
const SOURCES = files('src')
const withoutComments = (text: string) => text.replace(/<!--[^]*?-->|\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')

describe('the messages of the page', () => {
  it('exist in both languages and are not empty', () => {
    expect(keysOf(en).sort()).toEqual(keysOf(zh).sort())
    // While nobody is in front, nothing is known and nothing is shown.
    const empty = keysOf(zh).filter((key) => valueAt(zh, key) === '' || valueAt(en, key) === '')
    expect(empty).toEqual(['knowledge.nobody'])
  })

  it('take the same values in both languages', () => {
    const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
    // English has a form for one and a form for several.
    const forms = (text: unknown) => String(text).split(' | ').map(values)
    for (const key of keysOf(zh)) {
      for (const form of forms(valueAt(en, key))) expect(form, key).toEqual(values(String(valueAt(zh, key))))
    }
  })

  it('include every message that a screen asks for', () => {
    const known = new Set(keysOf(zh))
    const groups = new Set([...known].map((key) => key.replace(/\.[^.]+$/, '')))
    const missing: string[] = []
    for (const file of SOURCES) {
      const text = readFileSync(file, 'utf8')
      for (const [, key] of text.matchAll(/\bt\(\s*'([\w.]+)'/g)) if (!known.has(key ?? '')) missing.push(`${file}: ${key}`)
      for (const [, key] of text.matchAll(/words: '([\w.]+)'/g)) if (!known.has(key ?? '')) missing.push(`${file}: ${key}`)
      for (const [, group] of text.matchAll(/\bt\(\s*`([\w.]+)\.\$\{/g)) if (!groups.has(group ?? '')) missing.push(`${file}: ${group}.*`)
      for (const [, what] of text.matchAll(/work\.run\('(\w+)'/g)) if (!known.has(`work.${what}`)) missing.push(`${file}: work.${what}`)
      for (const [, what] of text.matchAll(/\bact\('(\w+)'/g)) if (!known.has(`work.${what}`)) missing.push(`${file}: work.${what}`)
    }
    expect(missing).toEqual([])
  })

  it('are the only Chinese text: screens and stores have none', () => {
    const found = SOURCES.filter((file) => /\p{Script=Han}/u.test(withoutComments(readFileSync(file, 'utf8'))))
    expect(found).toEqual([])
  })

  it('insert their values', () => {
    setLanguage('en')
    expect(i18n.global.t('confirm.title', { action: 'Reissue' })).toBe('Check: Reissue')
    setLanguage('zh-CN')
  })
})

describe('dates and times', () => {
  it('are shown in Shanghai time, whatever their own zone', () => {
    expect(moment('2026-11-23T06:41:00Z')).toBe('2026-11-23 14:41')
    expect(moment('2026-11-23T14:41:00+08:00[Asia/Shanghai]')).toBe('2026-11-23 14:41')
  })

  it('write a day in words', () => {
    setLanguage('zh-CN')
    expect(day('2026-06-30')).toBe('2026年6月30日')
    setLanguage('en')
    expect(day('2026-06-30')).toBe('30 June 2026')
    setLanguage('zh-CN')
  })

  it('show an age in the unit a person would use', () => {
    const t = (key: string, values: Record<string, number>) => `${key} ${values['n']}`
    expect(age(59, t)).toBe('time.seconds 59')
    expect(age(3599, t)).toBe('time.minutes 59')
    expect(age(47 * 3600, t)).toBe('time.hours 47')
    expect(age(49 * 3600, t)).toBe('time.days 2')
  })
})
