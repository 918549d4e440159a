// Figures of the board: their names, their groups, and the way to the cases behind them.

import type { LocationQuery, LocationQueryRaw, RouteLocationRaw } from 'vue-router'

import type { BoardCasesInput, BoardSpan, FigureKey, FigureOutcome, FigureView } from '@/bindings'
import { sentence } from '@/i18n'
import { day as dayWords } from '@/i18n/time'

type Translate = (key: string, values?: Record<string, unknown>) => string

export type Group = Exclude<FigureKey['by'], 'all'>

export const OUTCOMES: readonly FigureOutcome[] = ['done', 'refused', 'held', 'spoilt']
export const SPANS: readonly BoardSpan[] = ['day', 'week', 'month']

/** Returns what a figure counts, in words. */
export function nameOf(key: FigureKey, label: FigureView['label'], t: Translate): string {
  switch (key.by) {
    case 'all':
      return t('figures.total')
    case 'day':
      return dayWords(key.day)
    case 'hour':
      return t('figures.hour', { n: String(key.hour).padStart(2, '0') })
    case 'channel':
      return t(`channel.${key.channel}`)
    case 'desk':
      return t('board.desk', { n: key.desk_number })
    case 'staff':
      return label === null ? key.staff : `${key.staff} ${sentence(label)}`
    case 'act':
      return key.action === null ? t(`kind.${key.kind}`) : t(`action.${key.action}`)
    case 'refusal':
      return label === null ? key.reason : sentence(label)
    case 'correction':
      return `${key.reason} ${t(`reason.${key.reason}`)}`
  }
}

/** Returns a name that fits beside a bar. */
export function shortName(key: FigureKey, name: string): string {
  if (key.by === 'day') return String(Number(key.day.slice(8)))
  if (key.by === 'hour') return String(key.hour)
  const room = /\p{Script=Han}/u.test(name) ? 9 : 16
  return name.length > room ? `${name.slice(0, room - 1)}…` : name
}

/**
 * Returns the way to the cases behind a figure. Its name goes along to be shown, and stays out of
 * the address: it may be a person's.
 */
export function casesOf(days: { from: string; through: string }, key: FigureKey, outcome: FigureOutcome | null, name: string): RouteLocationRaw {
  const query: LocationQueryRaw = { from: days.from, through: days.through, key: JSON.stringify(key) }
  if (outcome !== null) query['outcome'] = outcome
  return { name: 'board-cases', query, state: { figure: name } }
}

function text(query: LocationQuery, name: string): string {
  const value = query[name]
  return typeof value === 'string' ? value : ''
}

/** Reads the query of the cases back; `null` if it is none. Rust checks every value again. */
export function inputOf(query: LocationQuery): BoardCasesInput | null {
  try {
    const key = JSON.parse(text(query, 'key')) as FigureKey
    const outcome = OUTCOMES.find((one) => one === query['outcome']) ?? null
    return { from: text(query, 'from'), through: text(query, 'through'), key, outcome }
  } catch {
    return null
  }
}

/** Moves a day by whole periods. */
export function moved(day: string, span: BoardSpan, by: number): string {
  const at = new Date(`${day.slice(0, 10)}T00:00:00Z`)
  if (span === 'month') at.setUTCMonth(at.getUTCMonth() + by, 1)
  else at.setUTCDate(at.getUTCDate() + by * (span === 'week' ? 7 : 1))
  return at.toISOString().slice(0, 10)
}
