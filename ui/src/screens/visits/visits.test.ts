// Home visits from the list to the return.

import { describe, expect, it } from 'vitest'

import { openPage } from '@/testing/page'

describe('home visits', () => {
  it('takes as many sheets as people unless somebody says otherwise, and everything by keyboard', async () => {
    const page = await openPage('clerk', '/visits')
    expect((page.find('take-kit') as HTMLButtonElement).disabled).toBe(true)
    await page.press('F2')
    expect(document.activeElement).toBe(page.find('visit-number'))
    await page.type('visit-number', '310101195103081427')
    await page.click('visit-add')
    expect((page.find('visit-number') as HTMLInputElement).value).toBe('')
    await page.click('visit-today-1')
    await page.click('visit-roster-home')
    expect(page.find('visit-count').textContent).toContain('5 人')
    await page.click('visit-remove-5')
    await page.press('F9')
    const taken = page.desk.calls.filter((call) => call.command === 'take_kit')
    expect(taken.map((call) => call.args)).toEqual([{ sheets: 4 }])
    expect(page.find('kit').dataset.state).toBe('out')
  })

  it('says which number is wrong at its field', async () => {
    const page = await openPage('clerk', '/visits')
    await page.type('visit-number', '3101')
    await page.click('visit-add')
    expect(page.find('visit-number').getAttribute('aria-invalid')).toBe('true')
    expect((page.find('visit-number') as HTMLInputElement).value).toBe('3101')
  })

  it('counts what is missing before the kit is returned, and prints the report', async () => {
    const page = await openPage('clerk', '/visits', (desk) => {
      desk.handle('add_to_visit', { input: { by: 'roster', institution: 'home' } })
      desk.handle('take_kit', { sheets: 12 })
    })
    expect(page.find('visit-people').textContent).toContain('登记库中查不到该号码')
    expect(page.find('kit-missing').textContent).toBe('0')
    await page.type('kit-unused', '9')
    expect(page.find('kit-missing').textContent).toBe('1')
    await page.press('F9')
    const returned = page.desk.calls.filter((call) => call.command === 'return_kit')
    expect(returned.map((call) => call.args)).toEqual([{ unused: 9 }])
    expect(page.find('visit-last').textContent).toContain('名单 3 人，办理 1 人')
    await page.press('F8')
    expect(page.shows('visit-printed')).toBe(true)
  })

  it('shows a kit that is overdue on the status line and the screen', async () => {
    const page = await openPage('clerk', '/visits', (desk) => {
      desk.status = { ...desk.status, kit: { state: 'out', ends_at: '2026-11-22T09:10:00+08:00', overdue: true } }
    })
    expect(page.find('status-kit').textContent).toContain('上门资料逾期未还')
    expect(page.find('status-kit').className).toContain('is-bad')
  })
})
