// F7: starts a correction for the citizen in front, or opens the one that is open already.

import { useRouter } from 'vue-router'

import { commands, type Field } from '@/bindings'
import { useCounter } from '@/stores/counter'
import { useWork } from '@/stores/work'

/** Returns a function that opens the editor for a field, with an escalation of that field. */
export function useOpenCorrection(): (field: Field, escalation?: string | null) => Promise<void> {
  const router = useRouter()
  const counter = useCounter()
  const work = useWork()

  return async (field, escalation = null) => {
    const filed = counter.view?.timeline.find((entry) => entry.entry === 'escalation' && entry.field === field)
    const id = escalation ?? (filed?.entry === 'escalation' ? filed.id : null)
    const outcome = await work.run('openCorrection', () => commands.openCorrection(field, id))
    if (outcome.ok) await router.push(`/corrections/${encodeURIComponent(outcome.data.id)}`)
    else counter.refuse(outcome.failure)
  }
}
