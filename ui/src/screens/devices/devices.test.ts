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

it('shows the devices in the groups of the settings, each with its last trouble', async () => {
  const page = await openPage('clerk', '/devices')
  const groups = ['cards', 'print', 'capture'].map((name) => page.find(`devices-${name}`))
  expect(groups.map((group) => group.querySelector('h2')?.textContent)).toEqual(['证件', '打印', '扫码和拍照'])
  const kinds = groups.map((group) => [...group.querySelectorAll<HTMLElement>('[data-state]')].map((one) => one.dataset['testid']))
  expect(kinds).toEqual([['device-card_reader'], ['device-printer'], ['device-camera', 'device-scanner']])
  expect(page.find('device-printer').textContent).toContain('最近一次故障')
})
