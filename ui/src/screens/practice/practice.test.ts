// Exercises of practice mode: every task is seen as done, every fault as made; and the panel.

import { describe, expect, it } from 'vitest'

import type { Action, Confirmation, CorrectionRowView, CounterView, PracticePerson, PrintView, StatusView } from '@/bindings'
import { en } from '@/i18n/en'
import { EMPTY } from '@/testing/fake/desk'
import { FakePractice } from '@/testing/fake/practice'
import { SENIOR } from '@/testing/fake/people'
import { status } from '@/testing/fake/status'
import { openPage, type Page } from '@/testing/page'
import { advance, BEGINNING, EXERCISES, isFinished, type ExerciseName, type FaultName, type Progress, type Seen } from './exercises'

/** Returns what must be there. */
function known<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('not there')
  return value
}

/** A try of an exercise: what is seen changes step by step. */
class Try {
  readonly exercise
  readonly person: PracticePerson
  readonly practice = new FakePractice()
  private counter: CounterView = EMPTY
  private status: StatusView = status('clerk', { queue: { waiting: 0, oldest_seconds: null, conflicts: 0, approvals: 0, escalations: 0, calls: 0 } })
  private corrections: CorrectionRowView[] = []
  private screen = 'window'
  progress: Progress = BEGINNING

  constructor(name: ExerciseName) {
    this.exercise = known(EXERCISES.find((one) => one.name === name))
    this.person = this.find(this.exercise.people[0] ?? '')
  }

  private find(key: string): PracticePerson {
    return known(this.practice.view.people.find((one) => one.key === key))
  }

  private look(): this {
    const seen: Seen = { counter: this.counter, status: this.status, site: this.practice.view, corrections: this.corrections, screen: this.screen }
    this.progress = advance(this.exercise, this.progress, seen, this.find(this.person.key))
    return this
  }

  lays(key = this.person.key): this {
    this.practice.obey({ order: 'lay', person: key })
    const citizen = { ...SENIOR.citizen, masked_number: this.find(key).masked_number }
    this.counter = { ...EMPTY, step: 'citizen', citizen, card_present: true }
    return this.look()
  }

  lifts(): this {
    this.practice.obey({ order: 'lift' })
    return this.look()
  }

  begins(action: Action = 'apply'): this {
    const confirming = {
      action,
      serial: null,
      holder_confirms: true,
      consequence: null,
      guardian_needed: false,
      supervisor_needed: false,
      declaration_needed: false,
      password_needed: false,
      provisional: false,
      valid_through: null,
    }
    this.counter = { ...this.counter, step: 'confirm', confirming }
    return this.look()
  }

  goesBack(): this {
    this.counter = { ...this.counter, step: 'citizen', confirming: null }
    return this.look()
  }

  issues(confirmation: Confirmation = 'confirmed', action: Action = 'apply'): this {
    const done = {
      action,
      serial: 'a',
      serial_short: 'A',
      valid_through: null,
      confirmation,
      confirmation_failure: null,
      sentence: { zh: '', en: '' },
      prints: [],
      scan_back: null,
    }
    this.counter = { ...this.counter, step: 'done', confirming: null, done }
    return this.look()
  }

  prints(...states: [PrintView['state'], boolean | null][]): this {
    const prints = states.map(([state, good], at) => ({ id: String(at), paper: 'sheet' as const, asked_at: '', state, trouble: null, good }))
    this.counter = { ...this.counter, done: { ...known(this.counter.done), prints } }
    return this.look()
  }

  nextOne(): this {
    this.counter = EMPTY
    return this.look()
  }

  line(up: boolean): this {
    this.practice.obey({ order: 'line', up })
    this.status = { ...this.status, line: { ...this.status.line, state: up ? 'online' : 'offline' } }
    return this.look()
  }

  paper(loaded: boolean): this {
    this.practice.obey({ order: 'paper', loaded })
    return this.look()
  }

  opens(screen: string): this {
    this.screen = screen
    return this.look()
  }

  corrects(more: Partial<CorrectionRowView>): this {
    const row: CorrectionRowView = {
      id: 'c',
      case_number: null,
      field: 'name',
      reason: 'N1',
      state: 'submitted',
      masked_name: '',
      masked_number: this.person.masked_number,
      maker: '310115',
      device: 1,
      at: '',
      overdue: false,
      risk: false,
      ...more,
    }
    this.corrections = [row]
    return this.look()
  }

  supervisor(): this {
    this.status = status('supervisor')
    return this.look()
  }

  isCorrected(): this {
    const people = this.practice.view.people.map((one) => (one.key === this.person.key ? { ...one, registered_name: one.name } : one))
    this.practice.view = { ...this.practice.view, people }
    return this.look()
  }
}

const RIGHT: Record<ExerciseName, (one: Try) => Try> = {
  first: (one) => one.lays().begins().issues().prints(['printing', null]).prints(['completed', null]).prints(['completed', true]).lifts().nextOne(),
  offline: (one) => one.line(false).lays().begins().issues('provisional').prints(['completed', true]).line(true),
  paper: (one) =>
    one.paper(false).lays().begins().issues().prints(['stopped', null]).paper(true).prints(['completed', null]).prints(['completed', true]).lifts().nextOne(),
  correction: (one) => one.lays().opens('correction').corrects({ state: 'draft', reason: 'N5' }).corrects({}),
  approval: (one) => one.corrects({}).supervisor().isCorrected().lays().issues(),
}

const WRONG: [ExerciseName, FaultName, boolean, (one: Try) => Try][] = [
  ['first', 'anotherCard', false, (one) => one.lays('disabled')],
  ['first', 'wentBack', false, (one) => one.lays().begins().goesBack()],
  ['first', 'left', false, (one) => one.lays().nextOne()],
  ['first', 'goodTooEarly', false, (one) => one.lays().begins().issues().prints(['printing', true])],
  ['first', 'paperLeft', true, (one) => one.lays().begins().issues().prints(['printing', null]).nextOne()],
  ['first', 'cardLeft', false, (one) => one.lays().begins().issues().prints(['completed', true]).nextOne()],
  ['offline', 'issuedOnline', true, (one) => one.lays().begins().issues()],
  ['offline', 'backTooEarly', false, (one) => one.line(false).line(true)],
  ['paper', 'printedTwice', false, (one) => one.paper(false).lays().issues().prints(['stopped', null], ['stopped', null])],
  ['paper', 'printCancelled', false, (one) => one.paper(false).lays().issues().prints(['stopped', null]).prints(['cancelled', null])],
  ['correction', 'wrongName', false, (one) => one.lays().issues()],
  ['correction', 'wrongField', false, (one) => one.lays().opens('correction').corrects({ field: 'photo', reason: 'P2' })],
  ['correction', 'wrongReason', true, (one) => one.lays().opens('correction').corrects({ reason: 'N5' })],
  ['correction', 'withdrawn', false, (one) => one.lays().opens('correction').corrects({ state: 'withdrawn' })],
  ['approval', 'sentBack', true, (one) => one.corrects({}).supervisor().corrects({ state: 'rejected' })],
]

describe('an exercise', () => {
  it.each(EXERCISES.map((one) => one.name))('%s is finished without a fault when everything is done right', (name) => {
    const one = RIGHT[name](new Try(name))
    expect(one.progress).toEqual({ done: one.exercise.tasks.length, faults: [], failed: false })
  })

  it.each(WRONG)('%s notices %s', (name, fault, ends, work) => {
    const one = work(new Try(name))
    expect(one.progress.faults).toEqual([fault])
    expect(one.progress.failed).toBe(ends)
    expect(isFinished(one.exercise, one.progress)).toBe(false)
  })

  it('knows every fault that it can make', () => {
    const tried = new Set(WRONG.map(([, fault]) => fault))
    expect(EXERCISES.flatMap((one) => one.faults.map((fault) => fault.name)).filter((name) => !tried.has(name))).toEqual([])
  })

  it('keeps a fault after it was mended, and goes on', () => {
    const one = new Try('first').lays('disabled').lifts()
    RIGHT.first(one)
    expect(one.progress).toEqual({ done: 5, faults: ['anotherCard'], failed: false })
  })
})

async function atPractice(role: 'clerk' | null): Promise<Page & { practice: FakePractice }> {
  const practice = new FakePractice()
  const page = await openPage(role, '/window', (desk) => (desk.practice = practice))
  return { ...page, practice }
}

describe('the practice panel', () => {
  it('is at no desk that is no practice site', async () => {
    const page = await openPage('clerk')
    expect(page.shows('practice')).toBe(false)
    expect((await openPage(null)).shows('practice-accounts')).toBe(false)
  })

  it('shows the accounts on the log-in screen and fills one in', async () => {
    const page = await atPractice(null)
    expect(page.find('practice-accounts').textContent).toContain('practice-1234')
    await page.click('practice-account-supervisor')
    await page.click('login-submit')
    expect(page.find('status-who').textContent).toContain('周国强')
  })

  it('lays cards, cuts the line, empties the tray, and says what is not there', async () => {
    const page = await atPractice('clerk')
    await page.click('practice-lay')
    expect(page.find('practice-laid').dataset['person']).toBe('senior')
    await page.click('practice-line')
    await page.click('practice-paper')
    expect(page.practice.view).toMatchObject({ laid: 'senior', line_up: false, paper_loaded: false })
    await page.click('practice-lift')
    expect(page.practice.view.laid).toBeNull()
    expect(page.find('practice-missing').textContent).toContain('没有真的中心')
  })

  it('tells an exercise task by task, says what went wrong, and goes on with somebody else', async () => {
    const page = await atPractice('clerk')
    await page.click('exercise-first')
    expect(page.find('practice-who').textContent).toContain('王秀兰')
    await page.click('practice-lay')
    page.desk.layCard(SENIOR)
    await page.desk.tell()
    await page.settle()
    expect(page.find('practice-exercise').dataset['done']).toBe('1')
    page.desk.counter = { ...EMPTY }
    await page.desk.tell()
    await page.settle()
    expect(page.find('fault-left').textContent).toContain('没有发码')
    await page.click('practice-again')
    expect(page.shows('practice-faults')).toBe(false)
    expect(page.find('practice-who').textContent).toContain('张思远')
    await page.click('practice-leave')
    expect(page.shows('practice-exercises')).toBe(true)
  })

  it('folds away and comes back by its key', async () => {
    const page = await atPractice('clerk')
    await page.press('e', { ctrlKey: true })
    expect(page.shows('practice-lay')).toBe(false)
    await page.press('e', { ctrlKey: true })
    expect((document.activeElement as HTMLElement).dataset['testid']).toBe('practice-person')
  })

  it('has words for every person, task and fault', () => {
    expect(Object.keys(en.practiceExercise)).toEqual(EXERCISES.map((one) => one.name))
    const people = Object.keys(en.practiceShows)
    expect(EXERCISES.flatMap((one) => one.people).filter((key) => !people.includes(key))).toEqual([])
  })
})
