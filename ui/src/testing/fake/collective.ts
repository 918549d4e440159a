// Collective service in memory, for tests and the development page.

import type { CollectiveView, JobPersonView, JobView, Paper } from '@/bindings'
import type { Handler } from './desk'
import { CATALOGUE } from './catalogue'
import * as words from './words'

const REFUSED = { code: 'code_still_live', ...CATALOGUE.code_still_live, field: null }
const NO_AGENT = { code: 'no_institution_agent', ...CATALOGUE.no_institution_agent, field: null }
const WRONG = { code: 'list_name_missing', ...CATALOGUE.list_name_missing, field: null }

const AGENT = {
  masked_name: '李**',
  masked_number: '310***********0014',
  institutions: [
    { id: 'home', name: '阳光养老院', kind: 'nursing_home', address: '某路 1 号', agent_through: '2027-12-31', people: 80 },
  ],
} satisfies CollectiveView['agent']

function person(position: number, job: JobView): JobPersonView {
  const refused = position % 10 === 0
  const issued = !refused && job.issued > 0
  return {
    position,
    line: null,
    masked_name: '王**',
    masked_number: '310***********1427',
    state: refused ? 'refused' : issued ? 'issued' : 'waiting',
    action: refused ? 'reissue' : 'apply',
    standing: refused ? 'live' : null,
    valid_through: refused || issued ? '2027-05-22' : null,
    failure: refused ? REFUSED : null,
    serial_short: issued ? '7C20AA51' : null,
    confirmation: issued ? 'confirmed' : null,
    printable: issued,
    copies: issued ? job.prints.length : 0,
    good: null,
  }
}

/** Returns the commands of collective service: a nursing home of 80, of whom 8 have a code. */
export function collectiveCommands(isCardThere: () => boolean): Record<string, Handler> {
  let view: CollectiveView = { revision: 0, agent: null, job: null, jobs: [] }
  const next = (change: Partial<CollectiveView>): CollectiveView => (view = { ...view, ...change, revision: view.revision + 1 })
  const change = (job: Partial<JobView>): CollectiveView => {
    if (view.job === null) throw words.CASE_UNKNOWN
    return next({ job: { ...view.job, ...job } })
  }
  return {
    collective: () => view,
    take_institution_agent: () => {
      if (!isCardThere()) throw NO_AGENT
      return next({ agent: AGENT })
    },
    begin_job: ({ file }: Record<string, string>) =>
      next({
        job: {
          id: 'job-1',
          institution: '阳光养老院',
          kind: 'nursing_home',
          agent: '李**',
          case_number: '310115-20261123-003-505924-52',
          state: 'ready',
          work: 'idle',
          people: 80,
          looked_at: 80,
          waiting: 72,
          issued: 0,
          refused: 8,
          consent_pages: 0,
          wrong: file ? [{ line: 7, failure: WRONG }] : [],
          failure: null,
          prints: [],
        },
        jobs: [{ id: 'job-1', institution: '阳光养老院', state: 'ready', made_at: '2026-11-23T15:01:20+08:00' }],
      }),
    open_job: () => view,
    leave_job: () => next({ job: null, agent: null }),
    job_people: ({ page }: Record<string, never>) => {
      const { offset, limit } = page as unknown as { offset: number; limit: number }
      const job = view.job
      if (job === null) throw words.CASE_UNKNOWN
      const rows = Array.from({ length: Math.max(0, Math.min(limit, job.people - offset)) }, (_, at) => person(offset + at + 1, job))
      return { rows, total: job.people }
    },
    keep_consent_list: () => change({ consent_pages: (view.job?.consent_pages ?? 0) + 1 }),
    run_job: () => change({ state: 'done', waiting: 0, issued: 72 }),
    pause_job: () => change({ state: 'paused', work: 'idle' }),
    cancel_job: () => change({ state: 'cancelled', waiting: 0 }),
    print_job: ({ paper }: Record<string, never>) =>
      change({
        prints: [
          ...(view.job?.prints ?? []),
          {
            id: `j-${view.job?.prints.length ?? 0}`,
            paper: paper as unknown as Paper,
            asked_at: '2026-11-23T15:01:20+08:00',
            state: 'completed',
            trouble: null,
            good: null,
          },
        ],
      }),
    reprint_of_job: () => view,
    sheet_of_job: () => view,
    rest_of_job_good: () => view,
    export_job: () => '/var/lib/suishen/collective/collective-20261123-150120.csv',
  }
}
