// The kiosk's bridge: what it shows, and what it is told. The page has no power of its own.

import { ref, shallowRef } from 'vue'

import type { Action, ChannelView, Field } from '@/common/channel'

export type Way = 'id_card' | 'suishen_code' | 'relative_code'

/** A sentence of the catalogue in both languages. */
export interface Sentence {
  code: string
  zh: string
  en: string
}

/** How far a sheet is in the printer. */
export interface Print {
  is_over: boolean
  failure: Sentence | null
  can_print_again: boolean
}

export type Step =
  | { at: 'start' | 'log_in' }
  | { at: 'waiting'; way: Way }
  | { at: 'working'; work: 'reading' | 'logging_in' | 'acting' | 'reporting' }
  | { at: 'holder'; holder: ChannelView }
  | { at: 'done'; action: Action; print: Print | null; goes_on: boolean }
  | { at: 'window'; number: string; field: Field; print: Print }
  | { at: 'refused'; why: Sentence; goes_on: boolean; can_report: boolean }

/** The step of one kind. */
export type StepAt<At extends Step['at']> = Extract<Step, { at: At }>

export interface View {
  number: number
  terminal: string
  practice: boolean
  step: Step
  card_left: Sentence | null
  card_present: boolean
  troubles: Sentence[]
  can_print: boolean
  ways: Way[]
  ending: 'timed_out' | 'card_taken' | null
  leaves_in: number | null
}

/** What a touch asks for. */
export type Command =
  | { do: 'begin' | 'back' | 'report_card' | 'print_again' | 'go_on' | 'end' | 'touch' }
  | { do: 'choose'; way: Way }
  | { do: 'act'; action: Action }
  | { do: 'wrong'; field: Field }
  | { do: 'act_for'; place: number }

/** What the bridge showed last; memory only. */
export const view = shallowRef<View | null>(null)

/** Whether the bridge does not answer. */
export const isAway = ref(false)

/** Whether a touch is on its way; a second one does nothing. */
export const isSending = ref(false)

const TRY_AGAIN_MS = 1_000

async function ask(): Promise<View> {
  const answer = await fetch(`../bridge/view?after=${view.value?.number ?? 0}`, { credentials: 'same-origin', cache: 'no-store' })
  if (!answer.ok) throw new Error(String(answer.status))
  return (await answer.json()) as View
}

/** Shows what the bridge shows until `isOver`. */
export async function follow(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      const shown = await ask()
      isAway.value = false
      if (shown.number !== view.value?.number) view.value = shown
    } catch {
      // Nobody's name stays on the screen of a kiosk that does not work.
      isAway.value = true
      view.value = null
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
    }
  }
}

/** Tells the bridge what was touched. What came of it shows in the next view. */
export async function send(command: Command): Promise<void> {
  if (isSending.value && command.do !== 'touch') return
  const isTouch = command.do === 'touch'
  if (!isTouch) isSending.value = true
  try {
    await fetch('../bridge/do', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(command),
    })
  } catch {
    // `follow` notices it too, and says so.
  } finally {
    if (!isTouch) isSending.value = false
  }
}
