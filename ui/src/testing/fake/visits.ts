// Home visits in memory, for tests and the development page.

import type { VisitInput, VisitNowView, VisitPersonView, VisitView } from '@/bindings'
import { CATALOGUE } from './catalogue'
import type { Handler } from './desk'

const EMPTY = { code: 'visit_empty', ...CATALOGUE.visit_empty, field: null }
const NOT_REGISTERED = { code: 'visit_not_registered', ...CATALOGUE.visit_not_registered, field: null }
const CHECK_DIGIT = { code: 'number_check_digit', ...CATALOGUE.number_check_digit, field: 'document_number' as const }

const TAKEN_AT = '2026-11-23T09:10:00+08:00'
const ENDS_AT = '2026-11-24T09:10:00+08:00'

const FRESH: VisitView = {
  revision: 0,
  visit: null,
  last: null,
  today: [
    { case_number: '3101152026112300350592452', masked_name: '王**', masked_number: '310***********1427', at: '2026-11-23T08:41:00+08:00' },
  ],
  institutions: [
    { id: 'home', name: '阳光养老院', kind: 'nursing_home', address: '某路 1 号', agent_through: '2027-12-31', people: 3 },
  ],
  fetching: false,
  failure: null,
}

function person(position: number, ground: VisitPersonView['ground']): VisitPersonView {
  return {
    position,
    masked_number: '310***********1427',
    masked_name: ground === 'typed' ? null : '王**',
    ground,
    in_kit: false,
    has_photo: false,
    refusal: null,
    served: false,
  }
}

/** Returns the commands of home visits: a roster of three, of whom one is not registered. */
export function visitCommands(): Record<string, Handler> {
  let view = FRESH
  const next = (change: Partial<VisitView>): VisitView => (view = { ...view, ...change, revision: view.revision + 1 })
  const now = (): VisitNowView =>
    view.visit ?? {
      state: 'choosing',
      people: [],
      in_kit: 0,
      served: 0,
      photos: 0,
      photos_named: 0,
      sheets: { taken: 0, good: 0, spoilt: 0, open: 0, unused: 0 },
      sheets_left: 0,
      taken_at: null,
      ends_at: null,
      overdue: false,
      waiting: 0,
      report: null,
    }
  return {
    visit: () => view,
    add_to_visit: ({ input }: Record<string, VisitInput>) => {
      if (input === undefined) throw EMPTY
      if (input.by === 'number' && input.number.length !== 18) throw CHECK_DIGIT
      const visit = now()
      const ground = input.by === 'number' ? 'typed' : input.by === 'case' ? 'today' : 'roster'
      const more = Array.from({ length: ground === 'roster' ? 3 : 1 }, (_, at) => person(visit.people.length + at + 1, ground))
      return next({ visit: { ...visit, people: [...visit.people, ...more] } })
    },
    remove_from_visit: ({ position }: Record<string, never>) => {
      const visit = now()
      return next({ visit: { ...visit, people: visit.people.filter((one) => one.position !== Number(position)) } })
    },
    take_kit: ({ sheets }: Record<string, never>) => {
      const visit = now()
      if (visit.people.length === 0) throw EMPTY
      const people = visit.people.map((one, at) =>
        at === 2
          ? { ...one, refusal: NOT_REGISTERED }
          : { ...one, masked_name: '王**', in_kit: true, has_photo: at === 0, served: at === 0 },
      )
      const taken = Number(sheets)
      return next({
        visit: {
          ...visit,
          state: 'out',
          people,
          in_kit: people.filter((one) => one.in_kit).length,
          served: 1,
          photos: 1,
          photos_named: 2,
          sheets: { taken, good: 1, spoilt: 1, open: 0, unused: 0 },
          sheets_left: taken - 2,
          taken_at: TAKEN_AT,
          ends_at: ENDS_AT,
        },
      })
    },
    return_kit: ({ unused }: Record<string, never>) => {
      const visit = now()
      const sheets = { ...visit.sheets, unused: Number(unused) }
      const missing = Math.max(0, sheets.taken - sheets.good - sheets.spoilt - sheets.open - sheets.unused)
      return next({
        visit: null,
        last: {
          case_number: '310115-20261123-003-505924-52',
          back_at: '2026-11-23T16:20:00+08:00',
          late: false,
          people: visit.people.length,
          served: visit.served,
          done: 2,
          sheets,
          missing,
        },
      })
    },
    print_return_report: () => view,
  }
}
