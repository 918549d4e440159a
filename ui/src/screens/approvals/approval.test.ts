// The approval of a correction: what is seen beside what it proves, and few keys.

import { describe, expect, it, vi } from 'vitest'

import { openPage, type Page } from '@/testing/page'

const calls = (page: Page, command: string) => page.desk.calls.filter((call) => call.command === command)

describe('an approval', () => {
  it('needs two keys and the password, once each piece of evidence was shown', async () => {
    const page = await openPage('supervisor', '/approvals/a-name')
    expect(page.find('approve').getAttribute('aria-disabled')).toBe('true')
    await page.press('1')
    await page.press('F9')
    expect(page.shows('decision')).toBe(false)
    await page.press('PageDown')
    expect(page.find('approve').getAttribute('aria-disabled')).toBeNull()
    await page.press('1')
    expect(document.activeElement).toBe(page.find('decision-password'))
    expect(page.find('key-decide').textContent).toContain('Enter')
    await page.type('decision-password', 'wrong')
    await page.press('Enter')
    expect(page.find('failure').dataset['code']).toBe('login_failed')
    expect(document.activeElement).toBe(page.find('decision-password'))
    await page.type('decision-password', 'practice-1234')
    await page.press('Enter')
    expect(page.find('correction-state').dataset['state']).toBe('approved')
    expect(calls(page, 'approve_correction').at(-1)?.args).toMatchObject({ id: 'a-name', digest: 'd41f' })
  })

  it('shows what changes and one piece of evidence at the same time', async () => {
    const page = await openPage('supervisor', '/approvals/a-name')
    expect(page.shows('name-comparison') && page.shows('evidence-picture')).toBe(true)
    expect(calls(page, 'evidence').map((call) => (call.args as { digest: string }).digest)).toEqual(['a-name-1'])
    await page.press('PageDown')
    await page.press('PageDown')
    expect(calls(page, 'evidence').map((call) => (call.args as { digest: string }).digest)).toEqual(['a-name-1', 'a-name-2'])
    expect(page.shows('approve-why')).toBe(false)
  })

  it('says how long it has waited', async () => {
    const page = await openPage('supervisor', '/approvals/a-name')
    expect(page.find('approval-waited').textContent).toBe('已等待 19 分钟')
  })

  it('closes the dialog by Enter on its close button and decides nothing', async () => {
    const page = await openPage('supervisor', '/approvals/a-name')
    await page.press('PageDown')
    await page.press('1')
    page.find('decision-close').focus()
    await page.press('Enter')
    expect(page.shows('decision')).toBe(false)
    expect(calls(page, 'approve_correction')).toEqual([])
  })

  it.each(['draft', 'approved', 'applied', 'rejected', 'withdrawn', 'conflicted'])('says why a correction that is %s cannot be decided', async (state) => {
    const page = await openPage('supervisor', '/approvals', (desk) => {
      desk.instead.set('correction', () => ({ ...(desk.handle('remove_evidence', { id: 'a-name', digest: 'none' }) as object), state }))
    })
    location.hash = '#/approvals/a-name'
    await page.settle()
    await vi.waitFor(() => expect(page.shows('approval-over')).toBe(true))
    const words = page.find('approval-over').textContent ?? ''
    expect(words).not.toContain('approval.')
    expect(words.includes('批准') && !words.includes('审批')).toBe(['approved', 'applied'].includes(state))
  })

  it('is sent back only for a reason that somebody chose', async () => {
    const page = await openPage('supervisor', '/approvals/a-photo')
    await page.press('2')
    await page.type('decision-password', 'practice-1234')
    await page.press('Enter')
    expect(calls(page, 'reject_correction')).toEqual([])
    expect(page.shows('rejection-missing')).toBe(true)
    await page.click('rejection-E1')
    await page.press('Enter')
    expect(calls(page, 'reject_correction'), 'a notice without a list helps nobody').toEqual([])
    expect(page.shows('documents-missing')).toBe(true)
    await page.click('document-household_book')
    await page.type('decision-password', 'practice-1234')
    await page.press('Enter')
    expect(page.find('correction-state').dataset['state']).toBe('rejected')
    expect(calls(page, 'reject_correction')[0]?.args).toMatchObject({ rejection: 'E1', documents: ['household_book'] })
  })

  it('is sent back without a list where no document would help', async () => {
    const page = await openPage('supervisor', '/approvals/a-photo')
    await page.press('2')
    await page.type('decision-password', 'practice-1234')
    await page.click('rejection-E7')
    await page.press('Enter')
    expect(page.find('correction-state').dataset['state']).toBe('rejected')
    expect(calls(page, 'reject_correction')[0]?.args).toMatchObject({ rejection: 'E7', documents: [] })
  })
})
