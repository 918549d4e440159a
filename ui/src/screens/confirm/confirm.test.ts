// What the holder is asked, and who answers for them (L6, L8).

import { describe, expect, it } from 'vitest'

import { CHILD, SENIOR } from '@/testing/fake/people'
import { openPage, type Page } from '@/testing/page'

const calls = (page: Page, command: string) => page.desk.calls.filter((call) => call.command === command)

describe('Confirm', () => {
  it('L8: F9 answers for the holder that name and photo are right, F7 that they are not', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F4')
    expect(page.find('confirm-holder').textContent).toContain('王秀兰')
    await page.press('F7')
    expect(page.shows('wrong-field')).toBe(true)
    await page.press('Escape')
    expect(calls(page, 'confirm')).toHaveLength(0)
    await page.press('F9')
    expect(calls(page, 'confirm')[0]?.args).toMatchObject({ input: { confirmed_by_holder: true } })
  })

  it('L8: nobody says that a photo is right that is not there', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    await page.press('F4')
    expect(page.find('confirm-submit').textContent).toContain('姓名')
    expect(page.find('confirm-submit').textContent).not.toContain('照片')
  })

  it('L8: a loss asks nobody to compare, so nobody is said to have done so', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F6')
    expect(page.shows('confirm-wrong')).toBe(false)
    await page.press('F9')
    expect(calls(page, 'confirm')[0]?.args).toMatchObject({ input: { confirmed_by_holder: false, consequence_confirmed: true } })
  })

  it('有误 on the citizen window leads to the correction, and the clerk may ask again', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F4')
    expect(page.shows('answer')).toBe(false)
    page.desk.counter = { ...page.desk.counter, answer: 'asked' }
    await page.desk.tell()
    await page.settle()
    expect(page.find('answer').dataset.answer).toBe('asked')
    page.desk.counter = { ...page.desk.counter, answer: 'wrong' }
    await page.desk.tell()
    await page.settle()
    expect(page.shows('wrong-field')).toBe(true)
    await page.press('Escape')
    await page.click('answer-again')
    expect(calls(page, 'ask_citizen_again')).toHaveLength(1)
    expect(page.find('answer').dataset.answer).toBe('asked')
  })

  it('is suspended by F10 while it is confirmed', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F4')
    await page.press('F10')
    expect(calls(page, 'suspend_case')).toHaveLength(1)
    expect(page.shows('waiting')).toBe(true)
  })
})
