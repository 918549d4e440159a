// Exercises of practice mode: what to do, and how the views of Rust show that it was done, right or
// wrong. Nothing here changes a case.

import type { CorrectionRowView, CounterView, PracticePerson, PracticeView, PrintView, StatusView } from '@/bindings'

export type ExerciseName = 'first' | 'offline' | 'paper' | 'correction' | 'approval'
export type TaskName =
  | 'card'
  | 'begin'
  | 'issue'
  | 'sheet'
  | 'next'
  | 'cut'
  | 'issueOffline'
  | 'restore'
  | 'sent'
  | 'takePaper'
  | 'issueWithoutPaper'
  | 'stopped'
  | 'loadPaper'
  | 'open'
  | 'submit'
  | 'waiting'
  | 'supervisor'
  | 'approve'
  | 'reissue'
export type FaultName =
  | 'anotherCard'
  | 'wentBack'
  | 'left'
  | 'paperLeft'
  | 'goodTooEarly'
  | 'cardLeft'
  | 'issuedOnline'
  | 'backTooEarly'
  | 'printedTwice'
  | 'printCancelled'
  | 'wrongName'
  | 'wrongField'
  | 'wrongReason'
  | 'withdrawn'
  | 'sentBack'

/** What the page knows at one moment. */
export interface Seen {
  counter: CounterView | null
  status: StatusView
  site: PracticeView
  /** Corrections of this desk, as far as who is logged in may see them. */
  corrections: readonly CorrectionRowView[]
  /** Name of the screen. */
  screen: string
}

interface Task {
  name: TaskName
  isDone: (seen: Seen, person: PracticePerson) => boolean
}

interface Fault {
  name: FaultName
  /** Tasks during which it is one, from and to. */
  from: TaskName
  to: TaskName
  isMade: (seen: Seen, person: PracticePerson) => boolean
  /** The exercise cannot be finished after it. */
  ends?: boolean
}

export interface Exercise {
  name: ExerciseName
  /** Keys of the people it can be done with, one after another: a person gets one code a day (L3). */
  people: readonly string[]
  tasks: readonly Task[]
  faults: readonly Fault[]
}

/** How far somebody is in an exercise. */
export interface Progress {
  /** Number of tasks that are done. */
  done: number
  faults: readonly FaultName[]
  /** A fault ended the exercise. */
  failed: boolean
}

const isFront = ({ counter }: Seen, person: PracticePerson) => counter?.citizen?.masked_number === person.masked_number
const isIssued = (seen: Seen, person: PracticePerson) =>
  isFront(seen, person) && seen.counter?.step === 'done' && ['apply', 'replace'].includes(seen.counter.done?.action ?? '')
const sheets = ({ counter }: Seen): PrintView[] => (counter?.done?.prints ?? []).filter((print) => print.paper === 'sheet')
const isSheetGood = (seen: Seen) => sheets(seen).some((print) => print.state === 'completed' && print.good === true)
const isWaiting = ({ counter }: Seen) => counter?.step === 'waiting'
const ofPerson = ({ corrections }: Seen, person: PracticePerson) =>
  corrections.filter((row) => row.masked_number === person.masked_number && row.state !== 'draft')
const isCorrected = (person: PracticePerson) => person.registered_name === person.name

const ANOTHER_CARD = (from: TaskName, to: TaskName): Fault => ({
  name: 'anotherCard',
  from,
  to,
  isMade: (seen, person) => seen.counter?.step === 'citizen' && seen.counter.citizen !== null && !isFront(seen, person),
})
const GOOD_TOO_EARLY = (from: TaskName, to: TaskName): Fault => ({
  name: 'goodTooEarly',
  from,
  to,
  isMade: (seen) => sheets(seen).some((print) => print.good === true && print.state !== 'completed'),
})
/** The case of an issued code is closed before its sheet is accounted for. */
const PAPER_LEFT = (from: TaskName, to: TaskName): Fault => ({ name: 'paperLeft', from, to, isMade: isWaiting, ends: true })

export const EXERCISES: readonly Exercise[] = [
  {
    name: 'first',
    people: ['senior', 'pupil', 'unknown'],
    tasks: [
      { name: 'card', isDone: isFront },
      { name: 'begin', isDone: (seen, person) => isFront(seen, person) && (seen.counter?.confirming?.action === 'apply' || isIssued(seen, person)) },
      { name: 'issue', isDone: isIssued },
      { name: 'sheet', isDone: isSheetGood },
      { name: 'next', isDone: (seen) => isWaiting(seen) && seen.site.laid === null },
    ],
    faults: [
      ANOTHER_CARD('card', 'issue'),
      { name: 'wentBack', from: 'issue', to: 'issue', isMade: (seen, person) => isFront(seen, person) && seen.counter?.step === 'citizen' },
      { name: 'left', from: 'begin', to: 'issue', isMade: isWaiting },
      GOOD_TOO_EARLY('sheet', 'sheet'),
      PAPER_LEFT('sheet', 'sheet'),
      { name: 'cardLeft', from: 'next', to: 'next', isMade: (seen) => isWaiting(seen) && seen.site.laid !== null },
    ],
  },
  {
    name: 'offline',
    people: ['sixty-today', 'rare-character', 'blurred'],
    tasks: [
      { name: 'cut', isDone: (seen) => !seen.site.line_up },
      { name: 'issueOffline', isDone: (seen, person) => isIssued(seen, person) && seen.counter?.done?.confirmation === 'provisional' },
      { name: 'sheet', isDone: isSheetGood },
      { name: 'restore', isDone: (seen) => seen.site.line_up },
      { name: 'sent', isDone: (seen) => seen.status.line.state === 'online' && seen.status.queue.waiting === 0 },
    ],
    faults: [
      ANOTHER_CARD('cut', 'issueOffline'),
      {
        name: 'issuedOnline',
        from: 'cut',
        to: 'issueOffline',
        isMade: (seen, person) => isIssued(seen, person) && seen.counter?.done?.confirmation === 'confirmed',
        ends: true,
      },
      { name: 'backTooEarly', from: 'issueOffline', to: 'issueOffline', isMade: (seen) => seen.site.line_up },
      GOOD_TOO_EARLY('sheet', 'sheet'),
      PAPER_LEFT('sheet', 'sheet'),
    ],
  },
  {
    name: 'paper',
    people: ['disabled', 'rare-name', 'somebody-else'],
    tasks: [
      { name: 'takePaper', isDone: (seen) => !seen.site.paper_loaded },
      { name: 'issueWithoutPaper', isDone: isIssued },
      { name: 'stopped', isDone: (seen) => sheets(seen).some((print) => print.state === 'stopped') },
      { name: 'loadPaper', isDone: isSheetGood },
      { name: 'next', isDone: (seen) => isWaiting(seen) && seen.site.laid === null },
    ],
    faults: [
      ANOTHER_CARD('takePaper', 'issueWithoutPaper'),
      GOOD_TOO_EARLY('stopped', 'loadPaper'),
      { name: 'printedTwice', from: 'stopped', to: 'loadPaper', isMade: (seen) => sheets(seen).length > 1 },
      { name: 'printCancelled', from: 'stopped', to: 'loadPaper', isMade: (seen) => sheets(seen).some((print) => print.state === 'cancelled') },
      PAPER_LEFT('stopped', 'loadPaper'),
      { name: 'cardLeft', from: 'next', to: 'next', isMade: (seen) => isWaiting(seen) && seen.site.laid !== null },
    ],
  },
  {
    name: 'correction',
    people: ['wrong-character', 'separator'],
    tasks: [
      { name: 'card', isDone: isFront },
      { name: 'open', isDone: (seen) => seen.screen === 'correction' },
      { name: 'submit', isDone: (seen, person) => ofPerson(seen, person).some((row) => row.state === 'submitted' && isRight(row, person)) },
    ],
    faults: [
      ANOTHER_CARD('card', 'open'),
      { name: 'wrongName', from: 'card', to: 'submit', isMade: isIssued },
      { name: 'wrongField', from: 'submit', to: 'submit', isMade: (seen, person) => ofPerson(seen, person).some((row) => row.field !== 'name') },
      {
        name: 'wrongReason',
        from: 'submit',
        to: 'submit',
        isMade: (seen, person) => ofPerson(seen, person).some((row) => row.field === 'name' && !isRight(row, person)),
        ends: true,
      },
      { name: 'withdrawn', from: 'submit', to: 'submit', isMade: (seen, person) => ofPerson(seen, person).some((row) => row.state === 'withdrawn') },
    ],
  },
  {
    name: 'approval',
    people: ['wrong-character', 'separator'],
    tasks: [
      { name: 'waiting', isDone: (seen, person) => ofPerson(seen, person).some((row) => row.state === 'submitted') || isCorrected(person) },
      { name: 'supervisor', isDone: (seen, person) => seen.status.operator?.roles.includes('supervisor') === true || isCorrected(person) },
      { name: 'approve', isDone: (_, person) => isCorrected(person) },
      { name: 'reissue', isDone: isIssued },
    ],
    faults: [
      { name: 'sentBack', from: 'supervisor', to: 'approve', isMade: (seen, person) => ofPerson(seen, person).some((row) => row.state === 'rejected'), ends: true },
      ANOTHER_CARD('reissue', 'reissue'),
    ],
  },
]

/** Reasons that fit what is wrong with each person's name. */
const REASONS: Record<string, CorrectionRowView['reason']> = { 'wrong-character': 'N1', separator: 'N2' }

function isRight(row: CorrectionRowView, person: PracticePerson): boolean {
  return row.field === 'name' && row.reason === REASONS[person.key]
}

export const BEGINNING: Progress = { done: 0, faults: [], failed: false }

export function isFinished(exercise: Exercise, progress: Progress): boolean {
  return progress.done === exercise.tasks.length
}

/** Returns how far somebody is now. A task done and a fault made are never taken back. */
export function advance(exercise: Exercise, before: Progress, seen: Seen, person: PracticePerson): Progress {
  if (before.failed || isFinished(exercise, before)) return before
  let { done, faults } = before
  let failed: boolean = before.failed
  const at = (name: TaskName) => exercise.tasks.findIndex((task) => task.name === name)
  for (let task = exercise.tasks[done]; task?.isDone(seen, person) === true; task = exercise.tasks[done]) done += 1
  // What is looked at now may be right for the next task, so faults are of the task that is open.
  for (const fault of exercise.faults) {
    const isOpen = at(fault.from) <= done && done <= at(fault.to)
    if (!isOpen || !fault.isMade(seen, person)) continue
    if (!faults.includes(fault.name)) faults = [...faults, fault.name]
    failed ||= fault.ends === true
  }
  return done === before.done && faults === before.faults && failed === before.failed ? before : { done, faults, failed }
}
