// What the citizen window says: one instruction at a time, what it is about, and what it ends.
// Never more than is true at that moment.

import type { Action, CitizenStage, CitizenWindowView } from '@/bindings'

export interface Message {
  /** Message keys below `citizen.`. */
  heading: string
  effect: string | null
  hint: string | null
  /** What is being done. */
  action: Action | null
  /** Whether name and photo are shown for the holder to compare (L8). */
  compares: boolean
}

/** Actions before which the holder compares name and photo (L8). */
const COMPARED: readonly Action[] = ['apply', 'reapply', 'reissue', 'replace']
/** Actions that end a code. */
const EFFECTS: Partial<Record<Action, string>> = {
  reissue: 'effect_old_code',
  replace: 'effect_old_code',
  report_loss: 'effect_loss',
  void: 'effect_void',
}

function asked(view: CitizenWindowView): Message {
  const compares = view.action === null || COMPARED.includes(view.action)
  const photo = view.portrait !== null
  return {
    heading: compares ? (photo ? 'please_check' : 'please_check_name') : 'please_agree',
    effect: view.action === null ? null : (EFFECTS[view.action] ?? null),
    hint: compares ? 'checkHint' : 'agreeHint',
    action: view.action,
    compares,
  }
}

function ended(view: CitizenWindowView): string {
  if (view.confirmation === 'refused') return 'done_refused'
  const provisional = view.confirmation === 'provisional' ? '_provisional' : ''
  if (view.action === 'report_loss') return `done_loss${provisional}`
  if (view.action === 'void') return `done_void${provisional}`
  return view.awaits_sheet ? `done_printing${provisional}` : `done${provisional}`
}

/** Returns what is said now. */
export function messageOf(view: CitizenWindowView | null): Message {
  const stage: CitizenStage = view?.stage ?? 'closed'
  const plain = (heading: string): Message => ({ heading, effect: null, hint: null, action: null, compares: false })
  if (view === null) return plain(stage)
  if (stage === 'please_check') return asked(view)
  if (stage === 'check_correction') return plain(view.correction?.field === 'photo' ? 'check_photo' : 'check_name')
  if (stage === 'done') return plain(ended(view))
  // While no action was chosen, nothing is being done: the citizen may turn out not to be eligible.
  if (stage === 'in_progress' && view.action !== null) return { ...plain('doing'), action: view.action }
  return plain(stage)
}
