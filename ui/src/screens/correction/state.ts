// States of a correction, as the program names them.

import type { Tone } from '@/parts/StateMark.vue'

const TONES: Record<string, Tone> = {
  draft: 'none',
  submitted: 'wait',
  approved: 'wait',
  applied: 'good',
  rejected: 'bad',
  withdrawn: 'ended',
  conflicted: 'warn',
}

/** Icon and colour of a state. */
export function correctionTone(state: string): Tone {
  return TONES[state] ?? 'none'
}
