// Passwords under an act on accounts: of who acts, and of a second administrator where it takes
// two.

import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'

import { commands, type AccountActInput, type AccountActView, type AccountCommandInput, type Failure } from '@/bindings'
import { useWork } from '@/stores/work'

export interface Signing {
  password: Ref<string>
  /** The second administrator, as typed. */
  staff: Ref<string>
  secondPassword: Ref<string>
  secondFactor: Ref<string>
  /** Whether a second administrator was asked for. */
  asksSecond: Ref<boolean>
  failure: ShallowRef<Failure | null>
  running: ComputedRef<boolean>
  forget: () => void
  send: (command: AccountCommandInput) => Promise<AccountActView | null>
}

export function useSigning(): Signing {
  const work = useWork()
  const password = ref('')
  const staff = ref('')
  const secondPassword = ref('')
  const secondFactor = ref('')
  const asksSecond = ref(false)
  const failure = shallowRef<Failure | null>(null)

  function forget(): void {
    password.value = staff.value = secondPassword.value = secondFactor.value = ''
    asksSecond.value = false
    failure.value = null
  }

  function second(): AccountActInput['second'] {
    if (!asksSecond.value) return null
    const factor = secondFactor.value.trim()
    return { staff: staff.value.trim(), password: secondPassword.value, second_factor: factor === '' ? null : factor }
  }

  async function send(command: AccountCommandInput): Promise<AccountActView | null> {
    failure.value = null
    const outcome = await work.run('accountAct', () => commands.accountAct({ command, password: password.value, second: second() }))
    if (outcome.ok) {
      forget()
      return outcome.data
    }
    failure.value = outcome.failure
    // Both passwords stay while only the second administrator is missing.
    if (failure.value?.field === 'second_administrator' && !asksSecond.value) asksSecond.value = true
    else if (failure.value?.field === 'password') password.value = secondPassword.value = ''
    return null
  }

  const running = computed(() => work.isRunning('accountAct'))
  return { password, staff, secondPassword, secondFactor, asksSecond, failure, running, forget, send }
}
