// The board of a site in memory, for tests and the development page.

import type { BoardCasesInput, BoardCaseView, BoardDeskView, FiguresInput, FiguresView, FigureView } from '@/bindings'
import type { Handler } from './desk'
import * as words from './words'

const WELL: BoardDeskView = {
  desk_number: 1,
  is_here: false,
  name: '',
  state: 'reached',
  silent_seconds: 240,
  told_at: '2026-11-23T14:56:00+08:00',
  staff: '310115',
  staff_name: '陈敏',
  waiting: 0,
  oldest_seconds: null,
  conflicts: 0,
  troubles: [],
  spoilt_today: 1,
  kit: null,
}

const DESKS: BoardDeskView[] = [
  WELL,
  {
    ...WELL,
    desk_number: 2,
    state: 'silent',
    silent_seconds: 9_000,
    told_at: '2026-11-23T12:26:00+08:00',
    spoilt_today: 0,
    kit: { ends_at: '2026-11-24T12:20:00+08:00', overdue_seconds: null },
  },
  {
    ...WELL,
    desk_number: 3,
    is_here: true,
    staff: '310102',
    staff_name: '周国强',
    waiting: 3,
    oldest_seconds: 252,
    conflicts: 1,
    troubles: [{ device: 'printer', sentence: { zh: words.PAPER_OUT.zh, en: words.PAPER_OUT.en } }],
    spoilt_today: 2,
  },
  {
    ...WELL,
    desk_number: 4,
    state: 'silent',
    silent_seconds: 4_980,
    told_at: '2026-11-23T13:37:00+08:00',
    staff: '310117',
    staff_name: '吴桐',
    waiting: 17,
    oldest_seconds: 5_400,
    spoilt_today: 0,
    kit: { ends_at: '2026-11-23T13:00:00+08:00', overdue_seconds: 7_200 },
  },
  { ...WELL, desk_number: 5, state: 'not_enrolled', silent_seconds: null, told_at: null, staff: null, staff_name: null, spoilt_today: 0 },
]

const figure = (key: FigureView['key'], done: number, refused = 0, held = 0, spoilt = 0, label: FigureView['label'] = null): FigureView => ({
  key,
  label,
  done,
  refused,
  held,
  spoilt,
})
const same = (text: string) => ({ zh: text, en: text })

function figures({ span }: FiguresInput): FiguresView {
  const days = span === 'day' ? 1 : span === 'week' ? 1 : 23
  const [from, through] = {
    day: ['2026-11-23', '2026-11-23'],
    week: ['2026-11-23', '2026-11-29'],
    month: ['2026-11-01', '2026-11-30'],
  }[span] as [string, string]
  const dayOf = (at: number) => (span === 'month' ? `2026-11-${String(at + 1).padStart(2, '0')}` : '2026-11-23')
  const refused = (reason: string, zh: string, en: string, n: number) => figure({ by: 'refusal', reason }, 0, n, 0, 0, { zh, en })
  return {
    at: '2026-11-23T15:00:00+08:00',
    not_newer: null,
    span,
    from,
    through,
    figures: [
      figure({ by: 'all' }, 148, 9, 1, 5),
      ...Array.from({ length: days }, (_, at) => figure({ by: 'day', day: dayOf(at) }, (at * 37) % 90, at % 7, at % 5 === 0 ? 1 : 0, at % 3)),
      ...[9, 10, 11, 13, 14, 15, 16].map((hour) => figure({ by: 'hour', hour }, 12 + ((hour * 7) % 17), hour % 3, 0, hour % 2)),
      figure({ by: 'channel', channel: 'portal' }, 21),
      figure({ by: 'channel', channel: 'kiosk' }, 34),
      figure({ by: 'channel', channel: 'counter' }, 93, 9, 1, 5),
      figure({ by: 'desk', desk_number: 1 }, 41, 2, 0, 3),
      figure({ by: 'desk', desk_number: 3 }, 52, 7, 1, 2),
      figure({ by: 'staff', staff: '310115' }, 41, 2, 0, 3, same('陈敏')),
      figure({ by: 'staff', staff: '310102' }, 52, 7, 1, 2, same('周国强')),
      figure({ by: 'act', kind: 'issue', action: 'apply' }, 70, 5),
      figure({ by: 'act', kind: 'issue', action: 'reissue' }, 41, 3),
      figure({ by: 'act', kind: 'report_loss', action: 'report_loss' }, 12),
      figure({ by: 'act', kind: 'reprint', action: 'reprint' }, 19),
      figure({ by: 'act', kind: 'correction_opened', action: null }, 6, 1, 1),
      refused('already_issued_today', words.ALREADY_TODAY.zh, words.ALREADY_TODAY.en, 6),
      refused('of_tomorrow', 'of_tomorrow', 'of_tomorrow', 3),
    ],
    corrections: [
      { reason: 'N1', begun: 4, decided: 3, median_seconds: 1_500, longest_seconds: 90_000 },
      { reason: 'P3', begun: 2, decided: 0, median_seconds: null, longest_seconds: null },
    ],
  }
}

function cases({ outcome }: BoardCasesInput): { cases: BoardCaseView[]; total: number } {
  const kinds = [
    ['issue', 'apply'],
    ['issue', 'reissue'],
    ['report_loss', 'report_loss'],
  ] as const
  const list = Array.from({ length: 40 }, (_, at): BoardCaseView => {
    const [kind, action] = kinds[at % kinds.length] ?? kinds[0]
    const is = outcome ?? 'done'
    return {
      at: '2026-11-23T14:41:00+08:00',
      channel: at % 9 === 8 ? 'kiosk' : 'counter',
      desk_number: at % 9 === 8 ? null : 3,
      staff: at % 9 === 8 ? null : '310115',
      kind,
      action,
      outcome: is,
      reason: is === 'refused' ? { zh: words.ALREADY_TODAY.zh, en: words.ALREADY_TODAY.en } : null,
      case_number: at % 9 === 8 ? null : `310115-20261123-003-${String(324_000 + at).padStart(6, '0')}-18`,
    }
  })
  return { cases: list, total: 640 }
}

export function boardCommands(): Record<string, Handler> {
  return {
    board: () => ({ at: '2026-11-23T15:00:00+08:00', not_newer: null, desks: DESKS }),
    figures: ({ input }) => figures(input as unknown as FiguresInput),
    board_cases: ({ input }) => cases(input as unknown as BoardCasesInput),
    export_figures: ({ format }) => `/var/lib/suishen-counter/board/figures-2026-11-23-2026-11-23.${String(format)}`,
  }
}
