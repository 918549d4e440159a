// Tones of an operation's states in the queue, which decide icon and colour.

import type { QueueState } from '@/bindings'
import type { Tone } from '@/parts/StateMark.vue'

export const QUEUE_TONES: Record<QueueState, Tone> = {
  pending: 'wait',
  received: 'wait',
  accepted: 'good',
  conflict: 'warn',
  rejected: 'bad',
}
