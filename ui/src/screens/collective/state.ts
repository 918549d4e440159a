// How far a person of a job is, as a mark.

import type { JobPersonView } from '@/bindings'
import type { Tone } from '@/parts/StateMark.vue'

/** Returns tone and message key of a person's state. */
export function markOf(row: JobPersonView): { tone: Tone; word: string } {
  if (row.state === 'issued') {
    if (row.confirmation === 'refused') return { tone: 'bad', word: 'collective.centreRefused' }
    if (row.confirmation === 'provisional') return { tone: 'wait', word: 'collective.provisional' }
    return { tone: 'good', word: 'jobPerson.issued' }
  }
  if (row.state === 'refused') return { tone: 'bad', word: 'jobPerson.refused' }
  if (row.state === 'cancelled') return { tone: 'none', word: 'jobPerson.cancelled' }
  if (row.action === null) return { tone: 'none', word: 'jobPerson.waiting' }
  return row.failure === null ? { tone: 'good', word: 'collective.eligible' } : { tone: 'warn', word: 'collective.notSure' }
}
