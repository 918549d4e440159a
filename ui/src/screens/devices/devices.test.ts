// Desk check over a desk in memory.

import { expect, it } from 'vitest'

import { openPage } from '@/testing/page'

it('shows the whole report for support before it is saved', async () => {
  const page = await openPage('clerk', '/devices')
  const calls = (command: string): number => page.desk.calls.filter((call) => call.command === command).length
  await page.press('F8')
  expect(page.find('report-shown').textContent).toContain('state.json')
  expect(page.find('report-shown').textContent).toContain('WARN line: offline')
  expect([calls('make_report'), calls('save_report')]).toEqual([1, 0])
  expect(page.shows('report-saved')).toBe(false)
  await page.click('report-save')
  expect(calls('save_report')).toBe(1)
  expect(page.find('report-saved').textContent).toContain('.zip')
})
