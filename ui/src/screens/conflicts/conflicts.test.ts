// Conflicts over a desk in memory.

import { expect, it } from 'vitest'

import type { ConflictView } from '@/bindings'
import { openPage, type Page } from '@/testing/page'

const keys = (page: Page, command: string) =>
  page.desk.calls.filter((call) => call.command === command).map((call) => call.args as { epoch: number; seq: number; note?: string })

it('conflicts of two enrolments with the same number are noted, printed and closed separately', async () => {
  const page = await openPage('supervisor', '/window', (desk) => {
    const [one] = desk.handle('conflicts', {}) as [ConflictView]
    desk.instead.set('conflicts', () => [one, { ...one, epoch: 2, case_number: '310115-20261123-003-324001-02' }])
  })
  await page.click('place-conflicts')
  await page.settle()
  expect(document.querySelectorAll('[data-testid="conflict"]')).toHaveLength(2)
  await page.type('conflict-note-2-41', '已电话告知本人')
  expect((page.find('conflict-note-1-41') as HTMLInputElement).value).toBe('')
  await page.click('conflict-notice-2-41')
  await page.click('conflict-close-2-41')
  expect(keys(page, 'print_conflict_notice')).toEqual([{ epoch: 2, seq: 41 }])
  expect(keys(page, 'close_conflict')).toEqual([{ epoch: 2, seq: 41, note: '已电话告知本人' }])
})
