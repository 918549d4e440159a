// Development page: the whole page over a desk in memory, `dev.html?as=clerk&card=senior#/window`.
// `as` logs in, `card` lays a card, `do` begins an action, `step=done` finishes it, `line=offline`
// cuts the line, `ends` makes the certificate end soon, `locked` locks, `unenrolled` enrols, `job`
// makes a job of collective service (`done`: served), `visit` takes the kit of a home visit
// (`list`: chooses its people), `draft` begins a correction of `name` or `photo`
// (`#/corrections/n-name`), `practice` opens the practice panel.

import { mockIPC } from '@tauri-apps/api/mocks'

import type { Role } from '@/bindings'
import { FakeDesk, PEOPLE } from './fake/desk'
import { FakePractice } from './fake/practice'
import { DUTIES } from './fake/status'
import { CENTRE_UNREACHABLE, CERTIFICATE_ENDS, PROGRAM_ENDS } from './fake/words'

const wanted = new URLSearchParams(window.location.search)
const desk = new FakeDesk()
mockIPC((command, args) => desk.handle(command, args), { shouldMockEvents: true })

const role = wanted.get('as')
if (role !== null && role in DUTIES) desk.work(role as Role)
if (wanted.get('line') === 'offline') {
  const line = { ...desk.status.line, state: 'offline' as const, reason: CENTRE_UNREACHABLE }
  desk.status = { ...desk.status, line, issuing_blocked: wanted.has('blocked') ? CENTRE_UNREACHABLE : null }
}
if (wanted.has('practice')) desk.practice = new FakePractice()
if (wanted.has('ends')) desk.status = { ...desk.status, certificate_ends: CERTIFICATE_ENDS, program_ends: PROGRAM_ENDS }
if (wanted.has('locked')) desk.status = { ...desk.status, locked: true }
if (wanted.has('unenrolled')) desk.status = { ...desk.status, desk: null }
const person = PEOPLE[wanted.get('card') ?? '']
if (person !== undefined) {
  desk.next = person
  desk.layCard(person)
  const action = wanted.get('do')
  if (action !== null) desk.handle('begin', { action, serial: null })
  if (wanted.get('step') === 'done') {
    desk.handle('confirm', { input: { confirmed_by_holder: true } })
    desk.handle('print', { paper: 'sheet' })
  }
}
const field = wanted.get('draft')
if (field !== null) desk.handle('open_correction', { field })
if (wanted.has('job')) {
  desk.handle('begin_job', { institution: 'home', file: 'list' })
  if (wanted.get('job') === 'done') desk.handle('run_job', null)
}
if (wanted.has('visit')) {
  desk.handle('add_to_visit', { input: { by: 'roster', institution: 'home' } })
  if (wanted.get('visit') !== 'list') desk.handle('take_kit', { sheets: 12 })
}
for (const [name, value] of [['language', wanted.get('language')], ['theme', wanted.get('theme')]] as const) {
  if (value !== null) localStorage.setItem(name, value)
}
Object.assign(window, { desk })

await import('../main')
