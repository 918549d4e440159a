// The practice site around this window, and the exercise that somebody does. Both are `null` at a
// desk that is no practice desk.

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { ask } from '@/app/ask'
import { commands, events, type CorrectionRowView, type Failure, type PracticeOrder, type PracticeView } from '@/bindings'
import { advance, BEGINNING, EXERCISES, isFinished, type ExerciseName, type Progress } from '@/screens/practice/exercises'
import { useCounter } from './counter'
import { useStatus } from './status'
import { useWork } from './work'

/** Corrections read at once: a practice has a few. */
const CORRECTIONS = 50

export const usePractice = defineStore('practice', () => {
  const work = useWork()
  const status = useStatus()
  const counter = useCounter()

  const site = shallowRef<PracticeView | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const corrections = shallowRef<readonly CorrectionRowView[]>([])
  const name = ref<ExerciseName | null>(null)
  const progress = shallowRef<Progress>(BEGINNING)
  /** How often each exercise was begun: the next try is with the next person. */
  const tries = ref<Partial<Record<ExerciseName, number>>>({})

  const exercise = computed(() => EXERCISES.find((one) => one.name === name.value) ?? null)
  const person = computed(() => {
    if (exercise.value === null || site.value === null) return null
    const { people } = exercise.value
    const key = people[((tries.value[exercise.value.name] ?? 1) - 1) % people.length]
    return site.value.people.find((one) => one.key === key) ?? null
  })
  const finished = computed(() => exercise.value !== null && isFinished(exercise.value, progress.value))

  async function look(): Promise<void> {
    const outcome = await ask(commands.practice())
    if (outcome.ok) site.value = outcome.data
    else failure.value = outcome.failure
  }

  async function start(): Promise<void> {
    await look()
    if (site.value === null) return
    // Whatever a desk does reaches the page as one of these.
    await events.listsChanged.listen(() => void reload())
  }

  /** Reads again what may have changed behind the page. */
  async function reload(): Promise<void> {
    await look()
    if (!status.can('correct')) return
    const outcome = await ask(commands.corrections({ offset: 0, limit: CORRECTIONS, text: null }))
    if (outcome.ok) corrections.value = outcome.data.rows
  }

  async function order(wanted: PracticeOrder): Promise<void> {
    failure.value = null
    const outcome = await work.run('practiceOrder', () => commands.practiceOrder(wanted))
    if (outcome.ok) site.value = outcome.data
    else failure.value = outcome.failure
  }

  async function begin(wanted: ExerciseName): Promise<void> {
    await reload()
    tries.value = { ...tries.value, [wanted]: (tries.value[wanted] ?? 0) + 1 }
    progress.value = BEGINNING
    name.value = wanted
  }

  function leave(): void {
    name.value = null
  }

  /** Compares what is shown now with the exercise. */
  function observe(screen: string): void {
    if (exercise.value === null || person.value === null || site.value === null || status.view === null) return
    const seen = { counter: counter.view, status: status.view, site: site.value, corrections: corrections.value, screen }
    progress.value = advance(exercise.value, progress.value, seen, person.value)
  }

  return { site, failure, corrections, exercise, person, progress, finished, start, reload, order, begin, leave, observe }
})
