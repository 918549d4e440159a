// Where the focus is after something was refused or a door has opened.

import { describe, expect, it } from 'vitest'

import { NOT_CONFIRMED } from '@/testing/fake/words'
import { CHILD, SENIOR } from '@/testing/fake/people'
import { openPage } from '@/testing/page'

describe('the focus', () => {
  it('is on the heading of Confirm, never on an answer', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F4')
    expect(document.activeElement?.tagName).toBe('H1')
  })

  it('is on the first field that Confirm asks for', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    await page.press('F4')
    expect(document.activeElement).toBe(page.find('agent-name'))
  })

  it('goes to the field that a refusal is about', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    await page.press('F4')
    page.find('agent-consent').focus()
    page.desk.instead.set('confirm', () => {
      throw { ...NOT_CONFIRMED, field: 'agent_number' }
    })
    await page.press('F9')
    expect(document.activeElement).toBe(page.find('agent-number'))
  })

  it('stays where it was when a refusal is about no field', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    await page.press('F4')
    page.find('agent-consent').focus()
    page.desk.instead.set('confirm', () => {
      throw NOT_CONFIRMED
    })
    await page.press('F9')
    expect(page.find('failure').dataset['code']).toBe('not_confirmed_by_holder')
    expect(document.activeElement).toBe(page.find('agent-consent'))
  })

  it('returns to the password after a wrong log-in', async () => {
    const page = await openPage(null)
    await page.type('login-staff', '310115')
    await page.type('login-password', 'wrong')
    await page.click('login-submit')
    expect(page.find('failure').dataset['code']).toBe('login_failed')
    expect(document.activeElement).toBe(page.find('login-password'))
  })

  it('returns to the field in hand after a lock', async () => {
    const page = await openPage('clerk', '/cases')
    page.find('case-number-input').focus()
    await page.press('l', { ctrlKey: true })
    await page.type('unlock-password', 'wrong')
    await page.click('unlock-submit')
    expect(document.activeElement).toBe(page.find('unlock-password'))
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    expect(document.activeElement).toBe(page.find('case-number-input'))
  })
})
