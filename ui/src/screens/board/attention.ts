// What on the board needs somebody: one line for each, the gravest first.

import type { RouteLocationRaw } from 'vue-router'

import type { BoardDeskView, BoardView, CorrectionRowView } from '@/bindings'
import { sentence } from '@/i18n'
import { age } from '@/i18n/time'
import type { Tone } from '@/parts/StateMark.vue'

type Translate = (key: string, values?: Record<string, unknown>) => string

/** Age from which a queue needs somebody although its desk is in touch. */
const OLD_QUEUE_SECONDS = 30 * 60
/** Approvals listed one by one; the rest is a number. */
const APPROVALS = 5

export interface Line {
  id: string
  tone: Tone
  text: string
  /** Where it is dealt with, if that is at this desk. */
  to: RouteLocationRaw | null
}

/** Whether a desk is silent because it is out on a home visit that has not ended. */
export function isAway(desk: BoardDeskView): boolean {
  return desk.state === 'silent' && desk.kit !== null && desk.kit.overdue_seconds === null
}

function ofDesk(desk: BoardDeskView, t: Translate): Line[] {
  const name = t('board.desk', { n: desk.desk_number })
  const line = (what: string, tone: Tone, text: string, to: RouteLocationRaw | null = null): Line => ({
    id: `desk-${desk.desk_number}-${what}`,
    tone,
    text,
    to: desk.is_here ? to : null,
  })
  const lines: Line[] = []
  if (desk.state === 'quarantined') lines.push(line('quarantined', 'bad', t('board.quarantinedDesk', { desk: name })))
  const overdue = desk.kit?.overdue_seconds ?? null
  if (overdue !== null) {
    lines.push(line('kit', 'bad', t('board.overdueKitDesk', { desk: name, age: age(overdue, t) })))
  }
  if (desk.state === 'silent' && desk.silent_seconds !== null && !isAway(desk)) {
    lines.push(line('silent', 'bad', t('board.silentDesk', { desk: name, age: age(desk.silent_seconds, t) })))
  }
  for (const trouble of desk.troubles) {
    const text = t('board.troubleDesk', { desk: name, device: t(`device.${trouble.device}`), what: sentence(trouble.sentence) })
    lines.push(line(trouble.device, 'warn', text, { name: 'devices' }))
  }
  if (desk.waiting > 0 && (desk.oldest_seconds ?? 0) >= OLD_QUEUE_SECONDS) {
    const values = { desk: name, n: desk.waiting, age: age(desk.oldest_seconds ?? 0, t) }
    lines.push(line('queue', 'warn', t('board.oldQueueDesk', values), { name: 'queue' }))
  }
  if (desk.conflicts > 0) {
    lines.push(line('conflicts', 'warn', t('board.conflictsDesk', { desk: name, n: desk.conflicts }), { name: 'conflicts' }))
  }
  return lines
}

/** Returns the lines, with the approvals by the time they have waited at `now` (milliseconds). */
export function attentionOf(view: BoardView | null, approvals: readonly CorrectionRowView[], now: number, t: Translate): Line[] {
  const ofApproval = (row: CorrectionRowView): Line => ({
    id: `approval-${row.id}`,
    tone: row.overdue || row.risk ? 'warn' : 'wait',
    text: t('board.approvalLine', { name: row.masked_name, what: t(`field.${row.field}`), age: age(waited(row, now), t) }),
    to: `/approvals/${encodeURIComponent(row.id)}`,
  })
  const desks = (view?.desks ?? []).flatMap((desk) => ofDesk(desk, t))
  const oldest = [...approvals].sort((one, other) => waited(other, now) - waited(one, now)).slice(0, APPROVALS)
  const rank = (line: Line): number => ['bad', 'warn', 'wait'].indexOf(line.tone)
  return [...desks, ...oldest.map(ofApproval)].sort((one, other) => rank(one) - rank(other))
}

/** Returns for how many seconds a correction has waited. */
export function waited(row: CorrectionRowView, now: number): number {
  const since = Date.parse(row.at.replace(/\[.*\]$/, ''))
  return Number.isNaN(since) ? 0 : Math.max(0, (now - since) / 1000)
}
