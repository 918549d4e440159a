// Lists and office screens in memory, for tests and the development page.

import type { AccountActInput, AccountActView, AccountListView, AccountView, Action, CallView, CaseRowView, PageInput, QueueRowView, QueueState, SettingsView, VerifyView } from '@/bindings'
import { FILED } from './correction'
import type { Handler } from './desk'
import * as words from './words'

const STATES: QueueState[] = ['pending', 'pending', 'received', 'accepted', 'accepted', 'conflict', 'rejected']
const ACTIONS: Action[] = ['apply', 'reissue', 'reapply', 'replace']

export const VALID: VerifyView = {
  online: 'valid',
  offline_error: null,
  as_of: '2026-11-23T14:58:12+08:00',
  probably_revoked: false,
  masked_name: '王**',
  masked_number: '310***********1427',
  issued_at: '2026-11-23T15:01:20+08:00',
  valid_through: '2027-05-22',
  serial_short: '7C20AA51',
  matches_case: true,
  watermark: '310115 陈敏 · 浦东新区市民中心 3 号窗口 · 2026-11-23 15:02',
  health: { zh: '绿码（截至 2026-11-23 15:00）', en: 'Green (as of 2026-11-23 15:00)' },
  nucleic_acid: { zh: '阴性（采样 2026-11-22 20:10）', en: 'Negative (sampled 2026-11-22 20:10)' },
  registration_reference: 'HS-7C2N-K4QX-51TM',
  sentence: { zh: '有效，签名可信，中心确认。仅凭此码不构成通行资格。', en: 'Valid, well signed, confirmed by the centre. The code alone is no right of entry.' },
}

function queueRow(seq: number): QueueRowView {
  const state = STATES[seq % STATES.length] ?? 'pending'
  return {
    seq,
    kind: seq % 5 === 4 ? 'report_loss' : 'issue',
    action: seq % 5 === 4 ? null : (ACTIONS[seq % ACTIONS.length] ?? 'apply'),
    case_number: `310115-20261123-003-${String(324_000 + (seq % 10_000)).padStart(6, '0')}-18`,
    masked_name: '王**',
    at: '2026-11-23T14:41:00+08:00',
    staff: '310115',
    state,
    failure: state === 'conflict' ? words.SUPERSEDED_ELSEWHERE : state === 'rejected' ? words.ALREADY_TODAY : null,
  }
}

let settings: SettingsView = {
  centre_url: 'https://centre.practice:8443',
  card_reader: 'auto',
  card_readers: ['Virtual PCD 00 00', 'Virtual PCD 00 01'],
  serial_readers: [],
  printer: 'ipp://127.0.0.1:631/ipp/print',
  printers: ['ipp://127.0.0.1:631/ipp/print'],
  sheet_layout: 'a4',
  receipt_layout: 'a5',
  scanner: '',
  camera: 'auto',
  retention_days: 7,
  citizen_window: true,
  signature: true,
  lock_minutes: 10,
  offline_limit_hours: 72,
  by_centre: { lock_minutes: null, sheet_layout: null, receipt_layout: 'a5', signature: null },
}

const ACCOUNT: AccountView = {
  staff: '310115',
  name: '陈敏',
  roles: ['clerk'],
  active: true,
  locked_until: '2026-11-23T15:20:00+08:00',
  locked_at_centre: null,
  last_login: '2026-11-23T08:31:00+08:00',
  version: 3,
  second_factor: false,
  code_until: null,
  own: false,
}
const accounts: AccountView[] = [
  ACCOUNT,
  { ...ACCOUNT, staff: '310102', name: '周国强', roles: ['supervisor'], locked_until: null, last_login: '2026-11-23T08:20:00+08:00', second_factor: true },
  { ...ACCOUNT, staff: '310901', name: '许工', roles: ['system_admin'], locked_until: null, last_login: null, code_until: '2026-11-30T09:00:00+08:00' },
  { ...ACCOUNT, staff: '310902', name: '钱安', roles: ['security_admin'], locked_until: null, own: true },
  { ...ACCOUNT, staff: '310117', name: '吴桐', roles: ['clerk'], active: false, locked_until: null, last_login: '2026-05-02T17:00:00+08:00' },
]

/** Does an act as the counter answers it: administrators need a second signature. */
function accountAct(input: AccountActInput): AccountActView {
  const shown = { from_centre: true, accounts }
  const { command } = input
  if (command.kind === 'add_listed') return { accounts: shown, codes: [{ staff: '320001', name: '王小明', code: 'K7XM-2PQ9-TWH4-8BDF' }] }
  if (command.kind === 'add') {
    if (command.roles.some((role) => role.endsWith('admin')) && input.second === null) throw words.SECOND_NEEDED
    return { accounts: shown, codes: [{ staff: command.staff, name: command.name, code: 'K7XM-2PQ9-TWH4-8BDF' }] }
  }
  const changed = accounts.map((one) => (one.staff === command.staff && command.change.change === 'disable' ? { ...one, active: false } : one))
  return { accounts: { from_centre: true, accounts: changed }, codes: [] }
}

const ACCOUNT_LIST: AccountListView = {
  rows: [{ line: 2, staff: '320001', name: '王小明', roles: ['clerk'] }],
  wrong: [{ line: 3, failure: words.ROLE_WRONG }],
}

const devices = [
  { kind: 'card_reader', name: 'Virtual PCD 00 00', state: 'ready', found_zh: ['接口 PC/SC', '固件 1.0'], found_en: ['Interface PC/SC', 'Firmware 1.0'], last_error: null, last_error_at: null },
  { kind: 'printer', name: 'ipp://127.0.0.1:631/ipp/print', state: 'trouble', found_zh: ['A4', 'PDF'], found_en: ['A4', 'PDF'], last_error: words.PAPER_OUT, last_error_at: '2026-11-23T14:20:00+08:00' },
  { kind: 'camera', name: '', state: 'absent', found_zh: [], found_en: [], last_error: null, last_error_at: null },
  { kind: 'scanner', name: '', state: 'not_configured', found_zh: [], found_en: [], last_error: null, last_error_at: null },
]

let calls: CallView[] = [
  {
    id: 'correction/c-1/1',
    case_number: '310115-20261121-003-505924-52',
    masked_name: '欧阳**',
    masked_phone: '138****5678',
    about: { zh: '姓名更正：已生效。', en: 'Correction of the name: Applied.' },
    at: '2026-11-23T10:12:00+08:00',
    calls: [{ outcome: 'not_reached', staff: '310115', at: '2026-11-23T11:00:00+08:00' }],
  },
]

let conflicts = [
  {
    epoch: 1,
    seq: 41,
    case_number: '310115-20261123-003-496857-93',
    masked_name: '李*',
    masked_number: '310***********2214',
    ours: { zh: '11 月 23 日 10:12 在本窗口补领，码号 9C11A0DE，已打印 1 份。', en: 'Reissued here on 23 November at 10:12, serial 9C11A0DE, one copy printed.' },
    theirs: { zh: '同日 09:58 在自助终端补领，码号 51B07733，现为有效。', en: 'Reissued at a kiosk the same day at 09:58, serial 51B07733, in force.' },
    rule: { zh: '每人每日限办一次，以先办的为准。', en: 'One per holder per day: the earlier one stands.' },
    at: '2026-11-23T11:30:00+08:00',
    note: null as string | null,
    closed: false,
  },
]

const journal = {
  day: '2026-11-23',
  totals: [
    { action: 'apply', count: 14 },
    { action: 'reissue', count: 9 },
    { action: 'report_loss', count: 2 },
    { action: 'reprint', count: 5 },
  ],
  cases: Array.from({ length: 30 }, (_, at) => ({
    case_number: `310115-20261123-003-${String(324_000 + 30 - at).padStart(6, '0')}-18`,
    at: '2026-11-23T14:41:00+08:00',
    masked_name: '王**',
    action: ACTIONS[at % ACTIONS.length] ?? null,
    staff: '310115',
    state: STATES[at % STATES.length] ?? null,
    corrected: false,
    suspended: at % 15 === 3,
    prints: [{ paper: 'sheet', state: 'completed', good: at % 6 !== 5 }],
    service: { ticket: at % 2 === 0 ? `A-${at + 12}` : null, waited_seconds: at % 2 === 0 ? 240 + at : null, served_seconds: 185 + at, rating: at % 3 === 0 ? 5 : null },
  })),
  sheets: 31,
  spoilt: 2,
  provisional: 3,
  corrections_open: 2,
  conflicts_open: 1,
  suspended: 2,
  clerks: [
    { staff: '310115', cases: 22, open: 1, waiting: 2, refused: 0, waited_seconds: 255, served_seconds: 198, ratings: 8, rating_tenths: 49 },
    { staff: '310116', cases: 8, open: 1, waiting: 1, refused: 1, waited_seconds: null, served_seconds: 240, ratings: 0, rating_tenths: null },
  ],
  reasons: [{ reason: 'N1', count: 2 }],
  open: [
    { case_number: '310115-20261122-003-324011-18', staff: '310115', masked_name: '王**', since: '2026-11-22T16:41:00+08:00', draft: true },
    { case_number: '310115-20261123-003-324027-18', staff: '310116', masked_name: '陈**', since: '2026-11-23T10:02:00+08:00', draft: false },
  ],
  cleared: null,
}

function page<T>(input: PageInput | undefined, total: number, make: (at: number) => T): { rows: T[]; total: number } {
  const offset = input?.offset ?? 0
  const count = Math.max(0, Math.min(input?.limit ?? 100, total - offset))
  return { rows: Array.from({ length: count }, (_, index) => make(offset + index)), total }
}

/** Two cases of one citizen, one of them closed. */
const FOUND: CaseRowView[] = [
  { case_number: '310115-20261123-003-509211-40', masked_name: '张**', since: '2026-11-23T14:12:00+08:00', staff: '310115', draft: false, state: 'suspended' },
  { case_number: '310115-20261123-003-505092-18', masked_name: '张**', since: '2026-11-23T14:02:00+08:00', staff: '310115', draft: false, state: 'closed' },
]

export function listCommands(): Record<string, Handler> {
  return {
    suspended_cases: () => [
      { case_number: '310115-20261123-003-498001-56', masked_name: '李*', since: '2026-11-23T13:50:00+08:00', staff: '310115', draft: true, state: 'suspended' },
      { case_number: '310115-20261123-003-511209-08', masked_name: '张**', since: '2026-11-23T14:12:00+08:00', staff: '310102', draft: false, state: 'suspended' },
    ],
    find_cases: ({ text }: Record<string, string>) => {
      if (text === '5092') return { cases: FOUND, escalations: [] }
      const exact = FOUND.filter((one) => one.case_number.replaceAll('-', '') === text)
      if (exact.length > 0) return { cases: exact, escalations: [] }
      if (text === FILED.number) return { cases: [], escalations: [FILED] }
      throw words.CASE_UNKNOWN
    },
    queue: ({ page: input }: Record<string, never>) => ({
      ...page(input as unknown as PageInput, 100_000, (at) => queueRow(100_000 - at)),
      imports_refused: [words.IMPORT_FENCED],
    }),
    export_queue: () => '/media/usb/desk-10003-20261123.suishen',
    import_queue: () => 17,
    calls: () => calls,
    call_phone: () => ({ value: '13800005678', seconds: 60 }),
    call_outcome: ({ id, outcome }: Record<string, string>) => {
      const made = { outcome: outcome as never, staff: '310115', at: '2026-11-23T15:01:00+08:00' }
      const isFinal = outcome === 'told' || outcome === 'comes_again'
      calls = calls.flatMap((one) => (one.id !== id ? [one] : isFinal ? [] : [{ ...one, calls: [...one.calls, made] }]))
      return calls
    },
    conflicts: () => conflicts,
    close_conflict: ({ epoch, seq, note }: Record<string, never>) => {
      conflicts = conflicts.map((one) => (one.epoch === Number(epoch) && one.seq === Number(seq) ? { ...one, note: String(note), closed: true } : one))
      return conflicts
    },
    print_conflict_notice: () => null,
    verify: () => VALID,
    verify_picture: () => ({ ...VALID, matches_case: null }),
    journal: () => journal,
    print_journal: () => journal,
    export_journal: () => '/var/lib/suishen-counter/journal/journal-2026-11-23-151200.csv',
    check_devices: () => devices,
    make_report: () => ({ files: [{ name: 'state.json', text: '{ "program": "0.1.0" }' }, { name: 'log.txt', text: 'WARN line: offline' }] }),
    save_report: () => '/home/clerk/.local/share/suishen-counter/reports/report-310101-003-1764000000.zip',
    test_device: ({ kind }: Record<string, never>) => ({
      ...devices.find((one) => one.kind === (kind as unknown as string)),
      state: 'ready',
      last_error: null,
    }),
    settings: () => settings,
    save_settings: ({ input }: Record<string, never>) => (settings = input as unknown as SettingsView),
    accounts: () => ({ from_centre: true, accounts }),
    unlock_account: () => ({ from_centre: true, accounts: accounts.map((one) => ({ ...one, locked_until: null })) }),
    account_act: ({ input }: Record<string, never>) => accountAct(input as unknown as AccountActInput),
    read_account_list: () => ACCOUNT_LIST,
    save_activation_codes: () => '/home/clerk/.local/share/suishen-counter/codes/codes-310101-1764000000.csv',
    audit: ({ page: input }: Record<string, never>) =>
      page(input as unknown as PageInput, 48_211, (at) => ({
        number: 48_211 - at,
        at: '2026-11-23T14:41:00+08:00',
        staff: '310115',
        event: (['login', 'look_up', 'issue', 'printed', 'unmask'] as const)[at % 5],
        outcome: at % 9 === 8 ? 'login_failed' : 'ok',
        case_number: at % 5 === 0 ? null : '310115-20261123-003-505924-52',
      })),
    check_audit: () => ({ rows: 48_211, broken_at: null }),
    export_audit: () => '/var/lib/suishen-counter/export/audit-20261123.jsonl',
  }
}
