// F3 over a desk in memory.

import { emit } from '@tauri-apps/api/event'
import { expect, it } from 'vitest'

import { openPage } from '@/testing/page'

it('lists what a part of a number finds, and offers to take up only what is not closed', async () => {
  const page = await openPage('clerk', '/cases')
  await page.type('case-number-input', '5092')
  await page.click('case-find')
  expect(page.shows('found-cases')).toBe(true)
  expect(page.shows('resume-310115-20261123-003-509211-40')).toBe(true)
  expect(page.shows('resume-310115-20261123-003-505092-18')).toBe(false)
  expect(page.find('closed-310115-20261123-003-505092-18').textContent).toContain('已办结')
})

it('looks for the case whose paper was scanned, wherever the clerk is, and takes it up', async () => {
  const page = await openPage('clerk', '/verify')
  await emit('case-scanned', '3101152026112300350509218')
  await page.settle()
  expect(page.find('closed-310115-20261123-003-505092-18').textContent).toContain('已办结')
  await emit('case-scanned', '3101152026112300350921140')
  await page.settle()
  expect(page.shows('cases')).toBe(false)
})

it('says beside the field that nothing was found', async () => {
  const page = await openPage('clerk', '/cases')
  await page.type('case-number-input', '王秀兰')
  await page.click('case-find')
  expect(page.find('case-number-input').getAttribute('aria-invalid')).toBe('true')
  expect(page.shows('suspended-cases')).toBe(true)
})

it('finds what a kiosk filed by the number on its ticket, and begins or closes it', async () => {
  const page = await openPage('clerk', '/cases')
  await page.type('case-number-input', '1A2B-3C4D')
  await page.click('case-find')
  expect(page.find('report-number').textContent).toBe('1A2B-3C4D')
  expect(page.find('escalation').textContent).toContain('欧阳**')
  expect(page.shows('found-cases')).toBe(false)
  expect(page.shows('escalation-dismiss-name')).toBe(true)
  await page.click('escalation-start-name')
  expect(page.shows('correction')).toBe(true)
})
