// The case in front of the clerk. Rust decides every step; this store holds the newest view.

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { ask, isOutdated } from '@/app/ask'
import {
  commands,
  events,
  type Action,
  type ConfirmInput,
  type CounterView,
  type DocumentInput,
  type Failure,
  type Paper,
} from '@/bindings'
import { useWork } from './work'

export const useCounter = defineStore('counter', () => {
  const work = useWork()
  const view = shallowRef<CounterView | null>(null)
  /** Failure of the last call. */
  const refused = shallowRef<Failure | null>(null)

  const step = computed(() => view.value?.step ?? 'waiting')
  const failure = computed(() => refused.value ?? view.value?.failure ?? null)
  /** Prints of which the clerk has not said yet what became of the paper. */
  const openPrints = computed(() => (view.value?.done?.prints ?? []).filter((print) => print.good === null && print.state !== 'failed'))
  const hasCase = computed(() => view.value?.case_number !== null && view.value !== null)

  function take(next: CounterView): void {
    if (isOutdated(next, view.value)) return
    view.value = next
  }

  /** Case number on a paper that was scanned, until F3 looks for it. */
  const scannedCase = ref<string | null>(null)

  /** Forgets everything shown, because another person logs in. */
  function forget(): void {
    view.value = null
    refused.value = null
  }

  /** Shows a failure about this case. */
  function refuse(failure: Failure | null): void {
    refused.value = failure
  }

  async function listen(): Promise<void> {
    await events.counterChanged.listen((event) => {
      // The case moved on, so an earlier failure no longer applies.
      if (event.payload.step !== view.value?.step) refused.value = null
      take(event.payload)
    })
  }

  async function load(): Promise<void> {
    const outcome = await ask(commands.counter())
    if (outcome.ok) take(outcome.data)
    else refused.value = outcome.failure
  }

  async function act(what: string, call: () => ReturnType<typeof commands.counter>): Promise<boolean> {
    refused.value = null
    const outcome = await work.run(what, call)
    if (outcome.ok) take(outcome.data)
    else refused.value = outcome.failure
    return outcome.ok
  }

  const readCard = () => act('readCard', () => commands.readCard())
  const serveOnDocument = (input: DocumentInput) => act('serveOnDocument', () => commands.serveOnDocument(input))
  const serveOnCode = (scanned: string) => act('serveOnCode', () => commands.serveOnCode(scanned))
  const serveRelative = (place: number, name: string) =>
    act('serveRelative', () => commands.serveRelative(place, name))
  const begin = (action: Action, serial: string | null) => act('begin', () => commands.begin(action, serial))
  const confirm = (input: ConfirmInput) => act('confirm', () => commands.confirm(input))
  const cancelAction = () => act('cancelAction', () => commands.cancelAction())
  const nextCitizen = () => act('nextCitizen', () => commands.nextCitizen())
  const suspendCase = () => act('suspendCase', () => commands.suspendCase())
  const resumeCase = (number: string) => act('resumeCase', () => commands.resumeCase(number))
  const print = (paper: Paper) => act('print', () => commands.print(paper))
  const printAccepted = (id: string) => act('print', () => commands.printAccepted(id))
  const printMissing = (id: string) => act('print', () => commands.printMissing(id))
  const printOutcome = (id: string, good: boolean) => act('printOutcome', () => commands.printOutcome(id, good))
  const cancelPrint = (id: string) => act('cancelPrint', () => commands.cancelPrint(id))

  return {
    view,
    scannedCase,
    act,
    step,
    failure,
    openPrints,
    hasCase,
    take,
    forget,
    refuse,
    listen,
    load,
    readCard,
    serveOnDocument,
    serveOnCode,
    serveRelative,
    begin,
    confirm,
    cancelAction,
    nextCitizen,
    suspendCase,
    resumeCase,
    print,
    printAccepted,
    printMissing,
    printOutcome,
    cancelPrint,
  }
})
