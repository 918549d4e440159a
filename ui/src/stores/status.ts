// The status line: person, desk, line, queue, devices, clock.

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { ask, isOutdated } from '@/app/ask'
import { commands, events, type Duty, type Failure, type LoginInput, type PasswordInput, type StatusView } from '@/bindings'
import { useWork } from './work'

export const useStatus = defineStore('status', () => {
  const work = useWork()
  const view = shallowRef<StatusView | null>(null)
  const failure = shallowRef<Failure | null>(null)
  /** Milliseconds to add to the page's timer to get the desk's clock. */
  const offset = ref(0)

  const operator = computed(() => view.value?.operator ?? null)
  const locked = computed(() => view.value?.locked ?? false)
  const practice = computed(() => view.value?.desk?.class === 'practice')
  const devicesInTrouble = computed(() =>
    (view.value?.devices ?? []).filter((device) => device.state === 'trouble' || device.state === 'absent'),
  )

  function can(duty: Duty): boolean {
    return operator.value?.duties.includes(duty) ?? false
  }

  function take(next: StatusView): void {
    if (isOutdated(next, view.value)) return
    view.value = next
    const now = Date.parse(next.now.replace(/\[.*\]$/, ''))
    if (!Number.isNaN(now)) offset.value = now - performance.now()
  }

  async function start(): Promise<void> {
    await events.statusChanged.listen((event) => take(event.payload))
    const outcome = await ask(commands.status())
    if (outcome.ok) take(outcome.data)
    else failure.value = outcome.failure
  }

  async function act(what: string, call: () => ReturnType<typeof commands.status>): Promise<Failure | null> {
    const outcome = await work.run(what, call)
    if (outcome.ok) take(outcome.data)
    return outcome.ok ? null : outcome.failure
  }

  const login = (input: LoginInput) => act('login', () => commands.login(input))
  const logout = () => act('logout', () => commands.logout())
  const lock = () => act('lock', () => commands.lock())
  const unlock = (password: string, second: string) => act('unlock', () => commands.unlock(password, second === '' ? null : second))
  const changePassword = (input: PasswordInput) => act('changePassword', () => commands.changePassword(input))
  const syncNow = () => act('sync', () => commands.syncNow())
  const enrol = (centreUrl: string, code: string) => act('enrol', () => commands.enrol(centreUrl, code))

  return {
    view,
    failure,
    offset,
    operator,
    locked,
    practice,
    devicesInTrouble,
    can,
    take,
    start,
    login,
    logout,
    lock,
    unlock,
    changePassword,
    syncNow,
    enrol,
  }
})
