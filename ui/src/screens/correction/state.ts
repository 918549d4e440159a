// States of a correction, as Rust names them.

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

/** Returns the tone of a state, which decides icon and colour. */
export function correctionTone(state: string): Tone {
  return TONES[state] ?? 'none'
}
