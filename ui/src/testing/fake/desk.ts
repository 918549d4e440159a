// Desk in memory that answers the commands of the page, for tests and the development page.

import { emit } from '@tauri-apps/api/event'

import type { Action, CitizenWindowView, ConfirmInput, CounterView, Document, Failure, PasswordInput, PracticeOrder, PrintView, Role, SecondFactorInput, StatusView } from '@/bindings'
import { boardCommands } from './board'
import { collectiveCommands } from './collective'
import { CorrectionCommands } from './correction'
import { listCommands } from './lists'
import { ADULT, CHILD, SENIOR, type Person } from './people'
import type { FakePractice } from './practice'
import { status } from './status'
import { visitCommands } from './visits'
import * as words from './words'

export type Handler = (args: Record<string, never>) => unknown

const PASSWORD = 'practice-1234'
const ACTIVATION = 'K7XM-2PQ9-TWH4-8BDF'
const ROLES: Record<string, Role> = {
  '310115': 'clerk',
  '310102': 'supervisor',
  '310901': 'system_admin',
  '310902': 'security_admin',
  '310903': 'auditor',
}
/** The window without a citizen, two cases put aside. */
export const EMPTY: CounterView = {
  revision: 0,
  step: 'waiting',
  case_number: null,
  phone: null,
  citizen: null,
  proof: null,
  eligibility: null,
  timeline: [],
  offers: [],
  confirming: null,
  answer: null,
  done: null,
  failure: null,
  knowledge: { from: 'nobody' },
  card_present: false,
  another_card: false,
  suspended: 2,
}

export class FakeDesk {
  status: StatusView = status(null)
  counter: CounterView = EMPTY
  /** Person who lays their card next. */
  next: Person = SENIOR
  /** The practice site around the window, if it is opened for practice. */
  practice: FakePractice | null = null
  /** Every call in order. */
  readonly calls: { command: string; args: unknown }[] = []
  /** Handlers of a test that replace the usual ones. */
  readonly instead = new Map<string, Handler>()
  private readonly correction = new CorrectionCommands(() => this.status)

  handle(command: string, args: unknown): unknown {
    this.calls.push({ command, args })
    const handler = this.instead.get(command) ?? this.commands[command]
    if (handler === undefined) throw `Command ${command} not found`
    return handler((args ?? {}) as Record<string, never>)
  }

  /** Logs in without the log-in form. */
  work(role: Role): void {
    this.status = status(role)
  }

  /** Emits the events that Rust emits after a change. */
  async tell(): Promise<void> {
    await emit('status-changed', this.status)
    await emit('counter-changed', this.counter)
  }

  layCard(person: Person = this.next): void {
    this.counter = {
      ...EMPTY,
      step: 'citizen',
      case_number: '310115-20261123-003-505924-52',
      citizen: person.citizen,
      proof: { kind: 'chip', document: null, agent: null },
      eligibility: person.eligibility,
      timeline: person.timeline,
      offers: person.offers,
      knowledge: { from: 'centre' },
      card_present: true,
    }
  }

  private begin(action: Action, serial: string | null): CounterView {
    const offer = this.counter.offers.find((one) => one.action === action)
    if (offer === undefined || offer.refusal !== null) throw offer?.refusal ?? words.NOT_PERMITTED
    const issues = ['apply', 'reapply', 'reissue', 'replace'].includes(action)
    const answer = this.counter.eligibility?.answer
    this.counter = {
      ...this.counter,
      step: 'confirm',
      confirming: {
        action,
        serial,
        holder_confirms: issues,
        consequence: offer.consequence,
        guardian_needed: issues && answer?.answer === 'eligible' && answer.guardian_needed,
        supervisor_needed: false,
        declaration_needed: false,
        password_needed: action === 'void',
        provisional: this.status.line.state !== 'online',
        valid_through: issues ? '2027-05-22' : null,
      },
    }
    return this.counter
  }

  private confirm(input: ConfirmInput): CounterView {
    const confirming = this.counter.confirming
    if (confirming === null) throw words.CASE_UNKNOWN
    if (confirming.holder_confirms && !input.confirmed_by_holder) throw words.NOT_CONFIRMED
    const online = this.status.line.state === 'online'
    this.counter = {
      ...this.counter,
      step: 'done',
      confirming: null,
      done: {
        action: confirming.action,
        serial: '7c20aa51',
        serial_short: '7C20AA51',
        valid_through: confirming.valid_through,
        confirmation: online ? 'confirmed' : 'provisional',
        confirmation_failure: null,
        sentence: online
          ? { zh: '已办好，新码即刻生效。', en: 'Done; the new code is in force.' }
          : { zh: '已登记，窗口联网后扫码核验时生效。', en: 'Registered; takes effect for scanners at the next synchronisation.' },
        prints: [],
        scan_back: null,
      },
    }
    return this.counter
  }

  private withPrints(change: (prints: PrintView[]) => PrintView[]): CounterView {
    const done = this.counter.done
    if (done !== null) this.counter = { ...this.counter, done: { ...done, prints: change(done.prints) } }
    return this.counter
  }

  private readonly commands: Record<string, Handler> = {
    status: () => this.status,
    login: ({ input }: Record<string, { staff: string; password: string }>) => {
      const role = input === undefined ? undefined : ROLES[input.staff]
      if (role === undefined || input?.password !== PASSWORD) throw words.LOGIN_FAILED
      return (this.status = status(role))
    },
    logout: () => (this.status = { ...this.status, operator: null, locked: false }),
    lock: () => (this.status = { ...this.status, locked: true }),
    unlock: ({ password }: Record<string, string>) => {
      if (password !== PASSWORD) throw words.LOGIN_FAILED
      return (this.status = { ...this.status, locked: false })
    },
    change_password: ({ input }: Record<string, PasswordInput>) => {
      const role = input === undefined ? undefined : ROLES[input.staff]
      if (input?.activation === true && role !== undefined) {
        if (input.password !== ACTIVATION) throw words.ACTIVATION_WRONG
        return (this.status = status(role))
      }
      if (input === undefined || role === undefined || input.password !== PASSWORD) throw { ...words.LOGIN_FAILED, field: 'password' }
      if (input.new_password.length < 10) throw { ...words.PASSWORD_TOO_SHORT, field: 'new_password' }
      return (this.status = this.status.operator === null ? status(role) : this.status)
    },
    offer_second_factor: () => ({ secret: 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ', side: 33, path: 'M0 0L7 0L7 7L0 7Z' }),
    set_second_factor: ({ input }: Record<string, SecondFactorInput>) => {
      if (input?.code !== '123456') throw words.SECOND_FACTOR_WRONG
      return this.status
    },
    enrol: () => (this.status = status(null)),
    sync_now: () => (this.status = { ...this.status, queue: { ...this.status.queue, waiting: 0, oldest_seconds: null } }),
    counter: () => this.counter,
    read_card: () => {
      this.layCard()
      return this.counter
    },
    begin: ({ action, serial }: Record<string, never>) => this.begin(action as unknown as Action, serial ?? null),
    confirm: ({ input }: Record<string, never>) => this.confirm(input as unknown as ConfirmInput),
    cancel_action: () => (this.counter = { ...this.counter, step: 'citizen', confirming: null }),
    next_citizen: () => (this.counter = EMPTY),
    suspend_case: () => (this.counter = { ...EMPTY, suspended: 3 }),
    resume_case: ({ caseNumber }: Record<string, string>) => {
      if (caseNumber === undefined || !caseNumber.startsWith('310115')) throw words.CASE_UNKNOWN
      this.layCard()
      return this.counter
    },
    unmask: () => ({ value: '310101195103081427', seconds: 30 }),
    attend_correction: () => null,
    relatives: () => [{ masked_name: '王*明', relation: '孙' }],
    serve_relative: () => {
      this.layCard(CHILD)
      this.counter = { ...this.counter, proof: { kind: 'bound', document: null, agent: '310***********1427' } }
      return this.counter
    },
    check_number: ({ number }: Record<string, string>) => (number === '310101195103081427' ? null : words.NUMBER_CHECK_DIGIT),
    serve_on_document: ({ input }: Record<string, { document: Document; pages: string[] }>) => {
      if (input === undefined || input.pages.length === 0) throw words.DOCUMENT_NOT_SCANNED
      this.layCard()
      this.counter = { ...this.counter, card_present: false, proof: { kind: 'document', document: input.document, agent: null } }
      return this.counter
    },
    keep_proof: ({ handle }: Record<string, string>) => `digest-of-${handle}`,
    read_agent_card: () => ({ role: 'guardian', number: '310101198001010014', name: '欧阳建国', consent: false }),
    print: ({ paper }: Record<string, never>) =>
      this.withPrints((prints) => [
        ...prints,
        {
          id: `p-${prints.length + 1}`,
          paper: paper as unknown as PrintView['paper'],
          asked_at: '2026-11-23T15:01:20+08:00',
          state: 'completed',
          trouble: null,
          good: null,
        },
      ]),
    leave_phone: ({ phone }: Record<string, string | null>) =>
      (this.counter = { ...this.counter, phone: phone === null || phone === undefined ? null : phone.replace(/^(\d{3})\d{4}/, '$1****') }),
    print_accepted: () => this.counter,
    print_missing: () => this.counter,
    print_outcome: ({ id, good }: Record<string, never>) =>
      this.withPrints((prints) => prints.map((print) => (print.id === id ? { ...print, good: Boolean(good) } : print))),
    cancel_print: ({ id }: Record<string, never>) =>
      this.withPrints((prints) => prints.map((print) => (print.id === id ? { ...print, state: 'cancelled' } : print))),
    citizen_window: () => this.citizenWindow(),
    citizen_unsigned: () => (this.counter = { ...this.counter, answer: 'unsigned' }),
    ask_citizen_again: () => (this.counter = { ...this.counter, answer: 'asked' }),
    practice: () => this.practice?.view ?? null,
    practice_order: ({ order }: Record<string, PracticeOrder>) => this.practice?.obey(order) ?? null,
    ...this.correction.commands,
    ...listCommands(),
    ...boardCommands(),
    ...collectiveCommands(() => this.counter.citizen !== null),
    ...visitCommands(),
  }

  private citizenWindow(): CitizenWindowView {
    const checking = this.counter.step === 'confirm'
    const citizen = this.counter.citizen
    return {
      revision: 0,
      stage: checking ? 'please_check' : this.counter.step === 'done' ? 'done' : citizen === null ? 'welcome' : 'in_progress',
      site_name: '浦东新区市民中心',
      desk_number: 3,
      practice: true,
      name: checking ? (citizen?.name ?? null) : (citizen?.masked_name ?? null),
      masked_number: citizen?.masked_number ?? null,
      portrait: checking ? (citizen?.portrait ?? null) : null,
      action: this.counter.confirming?.action ?? null,
      valid_through: this.counter.done?.valid_through ?? null,
      confirmation: this.counter.done?.confirmation ?? null,
      awaits_sheet: this.counter.step === 'done' && this.counter.done?.prints.at(-1)?.state !== 'completed',
      answer: this.counter.answer,
      correction: null,
    }
  }
}

export const PEOPLE: Record<string, Person> = { senior: SENIOR, child: CHILD, adult: ADULT }
export type { Failure }
