// What this phone remembers: who scans, where, and whose lists it trusts. Never a holder.

import { reactive } from 'vue'

export type Language = 'zh-CN' | 'en'

/** Whose signatures count offline, from the address that sets a phone up. */
export interface Trust {
  /** Root key of the centre: 65 bytes in hexadecimal. */
  root: string
  /** Short name of the centre, as in every code. */
  issuer: string
  class: 'practice' | 'live'
  /** Days for which a code is valid. */
  days: number
}

interface Settings {
  language: Language
  scanner: string
  place: string
  trust: Trust | null
  /** How far the centre's clock is ahead of this phone's, in milliseconds. */
  clockAhead: number
}

/** Longest name that the centre takes, in characters. */
export const NAME_LIMIT = 64

const KEY = 'verify'

function read(): Settings {
  const blank: Settings = { language: 'zh-CN', scanner: '', place: '', trust: null, clockAhead: 0 }
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>
    return { ...blank, ...kept }
  } catch {
    return blank
  }
}

export const settings = reactive(read())

/** Changes settings and keeps them. */
export function keep(changed: Partial<Settings>): void {
  Object.assign(settings, changed)
  localStorage.setItem(KEY, JSON.stringify(settings))
}

/** Returns whether somebody said who scans and where. */
export function isSetUp(): boolean {
  return isName(settings.scanner) && isName(settings.place)
}

export function isName(text: string): boolean {
  return text.trim() !== '' && [...text].length <= NAME_LIMIT
}

/** Reads the trust that a set-up address carries behind its `#`, which no server sees. */
export function trustIn(fragment: string): Trust | null {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''))
  const [root, issuer, kind] = [fields.get('root') ?? '', fields.get('issuer') ?? '', fields.get('class')]
  const days = Number(fields.get('days'))
  const isKey = /^04[0-9a-f]{128}$/.test(root)
  if (!isKey || issuer === '' || !Number.isInteger(days) || days < 1) return null
  if (kind !== 'practice' && kind !== 'live') return null
  return { root, issuer, class: kind, days }
}

/** Returns the present instant by the centre's clock, as far as it is known. */
export function now(): number {
  return Date.now() + settings.clockAhead
}
