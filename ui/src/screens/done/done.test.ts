// Paper of a case that is done: none comes out unasked, none is forgotten.

import { describe, expect, it } from 'vitest'

import { VALID } from '@/testing/fake/lists'
import { SENIOR } from '@/testing/fake/people'
import { openPage, type Page } from '@/testing/page'

const calls = (page: Page, command: string) => page.desk.calls.filter((call) => call.command === command)

describe('Done', () => {
  it('asks why before it prints a paper again', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    for (const key of ['F4', 'F9', 'F8', 'F8']) await page.press(key)
    expect(calls(page, 'print')).toHaveLength(1)
    await page.press('Escape')
    expect(calls(page, 'print')).toHaveLength(1)
    await page.press('F8')
    await page.press('1')
    expect(calls(page, 'print_outcome').at(-1)?.args).toEqual({ id: 'p-1', good: false })
    await page.press('F8')
    await page.press('2')
    expect(calls(page, 'print')).toHaveLength(2)
  })

  it('keeps a sheet in the status line until somebody says what became of it', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    for (const key of ['F4', 'F9', 'F8']) await page.press(key)
    expect(page.find('status-paper').dataset['open']).toBe('1')
    expect(page.find('done-next').textContent).toContain('1 张纸待确认')
    await page.press('F9')
    expect(page.find('status-paper').dataset['open']).toBe('0')
  })

  it('goes on to the reissue after a loss by one key while the card still lies there', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    for (const key of ['F6', 'F9']) await page.press(key)
    expect(page.find('done').dataset['action']).toBe('report_loss')
    const lies = async (card_present: boolean) => {
      page.desk.counter = { ...page.desk.counter, card_present }
      await page.desk.tell()
      await page.settle()
    }
    await lies(false)
    expect(page.shows('serve-on')).toBe(false)
    await lies(true)
    await page.press('F4')
    expect(calls(page, 'next_citizen')).toHaveLength(1)
    expect(calls(page, 'read_card')).toHaveLength(1)
    expect(page.shows('citizen-zone')).toBe(true)
  })

  it('takes a sheet that was scanned back and belongs to it as good', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    for (const key of ['F4', 'F9', 'F8']) await page.press(key)
    const view = page.desk.counter
    if (view.done === null) throw new Error('nothing was done')
    page.desk.counter = { ...view, done: { ...view.done, scan_back: { ...VALID, matches_case: true } } }
    await page.desk.tell()
    await page.settle()
    expect(calls(page, 'print_outcome').map((call) => call.args)).toEqual([{ id: 'p-1', good: true }])
  })
})
