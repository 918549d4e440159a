// Dates and times are the only thing the page formats itself; always Shanghai time.

import { language } from '.'

const ZONE = 'Asia/Shanghai'

/** RFC 3339, with or without the zone name in brackets. */
function parse(at: string): Date | null {
  const date = new Date(at.replace(/\[.*\]$/, ''))
  return Number.isNaN(date.getTime()) ? null : date
}

function format(at: string, options: Intl.DateTimeFormatOptions): string {
  const date = parse(at)
  if (date === null) return at
  return new Intl.DateTimeFormat(language(), { timeZone: ZONE, hourCycle: 'h23', ...options }).format(date)
}

/** `2026-06-30` as words: 2026年6月30日, 30 June 2026. */
export function day(date: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(date)
  if (parts === null) return date
  const at = new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])))
  const options: Intl.DateTimeFormatOptions = { timeZone: 'UTC', year: 'numeric', month: 'long', day: 'numeric' }
  return new Intl.DateTimeFormat(language() === 'en' ? 'en-GB' : 'zh-CN', options).format(at)
}

/** Hours and minutes. */
export function clock(at: string): string {
  return format(at, { hour: '2-digit', minute: '2-digit' })
}

/** Hours, minutes and seconds of an instant in milliseconds. */
export function clockOf(milliseconds: number): string {
  return format(new Date(milliseconds).toISOString(), { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/** Day and time, short, for lists. */
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

/** An age in seconds, in the unit a person would use. */
export function age(seconds: number, t: (key: string, values: Record<string, number>) => string): string {
  if (seconds < 60) return t('time.seconds', { n: Math.max(0, Math.floor(seconds)) })
  if (seconds < 3600) return t('time.minutes', { n: Math.floor(seconds / 60) })
  if (seconds < 48 * 3600) return t('time.hours', { n: Math.floor(seconds / 3600) })
  return t('time.days', { n: Math.floor(seconds / 86_400) })
}
