// The last symbol that was scanned, with its answer.

import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import { commands, type Failure, type VerifyView } from '@/bindings'
import { router } from '@/app/router'
import { useCounter } from './counter'
import { useWork } from './work'

export const useVerification = defineStore('verification', () => {
  const work = useWork()
  const counter = useCounter()
  const answer = shallowRef<VerifyView | null>(null)
  const failure = shallowRef<Failure | null>(null)

  /** Shows an answer: on Done as the scan-back (回扫) of the case, elsewhere on Verify. */
  function show(view: VerifyView): void {
    answer.value = view
    failure.value = null
    const atDone = router.currentRoute.value.name === 'window' && counter.step === 'done'
    if (atDone) void counter.load()
    else void router.push({ name: 'verify' })
  }

  async function verifyScanned(text: string): Promise<void> {
    const outcome = await work.run('verify', () => commands.verify(text), { reads: true })
    if (outcome.ok) show(outcome.data)
    else failure.value = outcome.failure
  }

  async function verifyPicture(base64: string): Promise<void> {
    const outcome = await work.run('verify', () => commands.verifyPicture(base64), { reads: true })
    if (outcome.ok) show(outcome.data)
    else {
      answer.value = null
      failure.value = outcome.failure
    }
  }

  return { answer, failure, show, verifyScanned, verifyPicture }
})
