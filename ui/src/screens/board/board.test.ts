// The board of a site over a desk in memory.

import { describe, expect, it } from 'vitest'

import type { BoardView } from '@/bindings'
import { router } from '@/app/router'
import { CENTRE_UNREACHABLE, NOT_PERMITTED } from '@/testing/fake/words'
import { openPage } from '@/testing/page'
import { attentionOf } from './attention'
import { casesOf, inputOf, moved } from './figures'

const texts = (testid: string) => [...document.querySelectorAll(`[data-testid="${testid}"]`)].map((one) => one.textContent?.replace(/\s+/g, ' ').trim())

describe('the board', () => {
  it('shows who is at which window and what needs somebody', async () => {
    const page = await openPage('supervisor', '/board')
    expect(texts('board-open')[0]).toContain('2 / 5')
    expect(page.find('board-desk-3').textContent).toContain('周国强')
    expect(page.find('board-desk-4').dataset['state']).toBe('silent')
    expect(page.find('attention-desk-4-silent').textContent).toContain('4 号窗口')
    expect(page.find('attention-desk-3-printer').querySelector('a')).not.toBeNull()
    // The queue of another window cannot be dealt with here.
    expect(page.find('attention-desk-4-queue').querySelector('a')).toBeNull()
    expect(page.shows('board-fresh')).toBe(true)
  })

  it('tells a window that is out on a home visit from one whose kit is overdue', async () => {
    const page = await openPage('supervisor', '/board')
    expect(page.find('board-desk-2').textContent).toContain('上门至')
    expect(page.find('board-desk-2').textContent).not.toContain('失去联系')
    expect(page.shows('attention-desk-2-silent')).toBe(false)
    expect(page.find('board-desk-4').textContent).toContain('上门资料逾期未还')
    expect(page.find('attention-desk-4-kit').textContent).toContain('逾期 2 小时')
  })

  it('leads from an approval that waits to the approval', async () => {
    const page = await openPage('supervisor', '/board')
    const line = [...document.querySelectorAll<HTMLElement>('[data-testid^="attention-approval"] a')][0]
    line?.click()
    await page.settle()
    expect(router.currentRoute.value.name).toBe('approval')
  })

  it('says from when it is while the centre cannot be reached', async () => {
    const page = await openPage('supervisor', '/board', (desk) => {
      const known = desk.handle('board', null) as BoardView
      desk.instead.set('board', () => ({ ...known, at: '2026-11-23T13:05:00+08:00', not_newer: CENTRE_UNREACHABLE }))
    })
    expect(page.find('board-old').textContent).toContain('13:05')
    expect(page.find('board-old').dataset['code']).toBe(CENTRE_UNREACHABLE.code)
    expect(page.shows('board-fresh')).toBe(false)
    expect(page.shows('board-desk-1')).toBe(true)
  })

  it('says why there is none', async () => {
    const page = await openPage('supervisor', '/board', (desk) => {
      desk.instead.set('board', () => {
        throw CENTRE_UNREACHABLE
      })
    })
    expect(page.find('failure').dataset['code']).toBe(CENTRE_UNREACHABLE.code)
    expect(page.shows('board-desks')).toBe(false)
  })

  it('is no place of a clerk', async () => {
    const page = await openPage('clerk', '/board')
    expect(page.shows('place-board')).toBe(false)
    expect(page.shows('board')).toBe(false)
  })
})

describe('the figures', () => {
  it('lead from a number to its cases and back to the same period', async () => {
    const page = await openPage('supervisor', '/board/figures')
    await page.click('span-week')
    expect(page.desk.calls.at(-1)?.args).toMatchObject({ input: { span: 'week', day: '2026-11-23' } })
    await page.click('figure-act-refused')
    expect(page.find('board-cases-lead').textContent).toContain('首次申领')
    expect(page.desk.calls.filter((call) => call.command === 'board_cases').at(-1)?.args).toEqual({
      input: { from: '2026-11-23', through: '2026-11-29', key: { by: 'act', kind: 'issue', action: 'apply' }, outcome: 'refused' },
    })
    expect(page.find('board-cases-more').textContent).toContain('640')
    expect(page.shows('board-case-reason')).toBe(true)
    await page.press('Escape')
    await page.settle()
    expect(router.currentRoute.value.query).toMatchObject({ span: 'week' })
  })

  it('stand beside a chart, each in a table of its own', async () => {
    await openPage('supervisor', '/board/figures?span=month')
    for (const group of ['day', 'hour', 'channel', 'desk', 'staff', 'act', 'refusal', 'correction']) {
      const section = document.querySelector(`[data-testid="figures-${group}"]`)
      expect(section?.querySelector('svg rect'), group).not.toBeNull()
      expect(section?.querySelectorAll('tbody tr').length, group).toBeGreaterThan(0)
    }
  })

  it('are exported as XLSX by F8, and as CSV', async () => {
    const page = await openPage('supervisor', '/board/figures')
    await page.press('F8')
    expect(page.find('figures-exported').textContent).toContain('.xlsx')
    await page.click('export-csv')
    expect(page.find('figures-exported').textContent).toContain('.csv')
  })

  it('are not shown to whom Rust refuses them', async () => {
    const page = await openPage('supervisor', '/board/figures', (desk) => {
      desk.instead.set('figures', () => {
        throw NOT_PERMITTED
      })
    })
    expect(page.find('failure').dataset['code']).toBe(NOT_PERMITTED.code)
    expect(page.shows('figures-total')).toBe(false)
    expect((page.find('export-csv') as HTMLButtonElement).disabled).toBe(true)
  })
})

it('a period moves by its own length', () => {
  expect(moved('2026-11-30', 'day', 1)).toBe('2026-12-01')
  expect(moved('2026-11-30', 'week', -1)).toBe('2026-11-23')
  expect(moved('2026-03-31', 'month', -1)).toBe('2026-02-01')
})

it('the way to the cases holds all that is asked for', () => {
  const days = { from: '2026-11-23', through: '2026-11-29' }
  const key = { by: 'staff', staff: '310115' } as const
  const query = (casesOf(days, key, 'spoilt', '陈敏') as { query: Record<string, string> }).query
  expect(inputOf(query)).toEqual({ ...days, key, outcome: 'spoilt' })
  expect(JSON.stringify(query), 'no name of a person in the address').not.toContain('陈敏')
  expect(inputOf({ key: 'no JSON' })).toBeNull()
})

it('nothing needs attention where everything is well', () => {
  const t = (key: string) => key
  const view = { at: '', not_newer: null, desks: [] }
  expect(attentionOf(view, [], 0, t)).toEqual([])
})
