// Tones of a correction's states, which decide icon and colour.

import type { CorrectionState } from '@/bindings'
import type { Tone } from '@/parts/StateMark.vue'

export const CORRECTION_TONES: Record<CorrectionState, Tone> = {
  draft: 'none',
  submitted: 'wait',
  approved: 'wait',
  applied: 'good',
  rejected: 'bad',
  withdrawn: 'ended',
  conflicted: 'warn',
}
