// Formats dates and times, always in Shanghai time. The page formats nothing else.

import { language } from '.'

const ZONE = 'Asia/Shanghai'

/** Parses RFC 3339, with or without a zone name in brackets; `null` for any other text. */
function parse(at: string): Date | null {
  const date = new Date(at.replace(/\[.*\]$/, ''))
  return Number.isNaN(date.getTime()) ? null : date
}

function format(at: string, options: Intl.DateTimeFormatOptions): string {
  const date = parse(at)
  if (date === null) return at
  return new Intl.DateTimeFormat(language(), { timeZone: ZONE, hourCycle: 'h23', ...options }).format(date)
}

/** Writes `2026-06-30` in words: 2026年6月30日, 30 June 2026. */
export function day(date: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(date)
  if (parts === null) return date
  const at = new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])))
  const options: Intl.DateTimeFormatOptions = { timeZone: 'UTC', year: 'numeric', month: 'long', day: 'numeric' }
  return new Intl.DateTimeFormat(language() === 'en' ? 'en-GB' : 'zh-CN', options).format(at)
}

/** Returns hours and minutes. */
export function clock(at: string): string {
  return format(at, { hour: '2-digit', minute: '2-digit' })
}

/** Returns hours, minutes and seconds of an instant in milliseconds. */
export function clockOf(milliseconds: number): string {
  return format(new Date(milliseconds).toISOString(), { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/** Returns day and time in short form, for lists. */
export function moment(at: string): string {
  const date = parse(at)
  if (date === null) return at
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: ZONE,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(date)
  return parts
}

/** Returns the days from one day or instant to another. */
export function days(from: string, through: string): number {
  const [first, last] = [from, through].map((at) => Date.parse(at.slice(0, 10)))
  return first === undefined || last === undefined || Number.isNaN(last - first) ? 0 : (last - first) / 86_400_000
}

/** Writes an age in the unit a person would use; `seconds` is its length. */
export function age(seconds: number, t: (key: string, values: Record<string, number>) => string): string {
  if (seconds < 60) return t('time.seconds', { n: Math.max(0, Math.floor(seconds)) })
  if (seconds < 3600) return t('time.minutes', { n: Math.floor(seconds / 60) })
  if (seconds < 48 * 3600) return t('time.hours', { n: Math.floor(seconds / 3600) })
  return t('time.days', { n: Math.floor(seconds / 86_400) })
}
