// Corrections and approvals over a desk in memory.

import { describe, expect, it, vi } from 'vitest'

import type { CorrectionInput } from '@/bindings'
import { CHILD } from '@/testing/fake/people'
import { openPage, type Page } from '@/testing/page'
import { SAVE_AFTER_MS } from './draft'

const saved = (page: Page) =>
  page.desk.calls.filter((call) => call.command === 'save_correction').map((call) => (call.args as { input: CorrectionInput }).input)
const pause = () => new Promise((resolve) => setTimeout(resolve, SAVE_AFTER_MS + 50))

async function openName(): Promise<Page> {
  const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
  await page.press('F7')
  await page.press('1')
  await page.settle()
  return page
}

describe('a correction of a name', () => {
  it('is saved a moment after each change, and at once when the screen is left', async () => {
    const page = await openName()
    await page.type('name-input', '欧阳𠮷安')
    expect(saved(page)).toHaveLength(0)
    await pause()
    await page.settle()
    expect(saved(page).at(-1)?.name).toBe('欧阳𠮷安')
    expect(page.find('draft-saved').dataset['saved']).toBe('saved')
    await page.type('name-input', '欧阳𠮷')
    await page.press('Escape')
    await page.settle()
    expect(saved(page).at(-1)?.name).toBe('欧阳𠮷')
  })

  it('shows what differs with its code points', async () => {
    const page = await openName()
    await page.type('name-input', '欧阳𠮷安')
    await pause()
    await page.settle()
    expect(page.find('name-differences').textContent).toContain('U+5409')
    expect(page.find('name-differences').textContent).toContain('U+20BB7')
    expect(page.shows('name-equals-chip')).toBe(true)
  })

  it('puts a character of the chip where the caret is, whole', async () => {
    const page = await openName()
    await page.type('name-input', '欧阳安')
    ;(page.find('name-input') as HTMLInputElement).setSelectionRange(2, 2)
    await page.click('chip-character-2')
    expect((page.find('name-input') as HTMLInputElement).value).toBe('欧阳𠮷安')
  })

  it('says what is missing when it is handed in, and leads there', async () => {
    const page = await openName()
    expect(page.shows('error-summary')).toBe(false)
    await page.press('F9')
    expect(document.activeElement).toBe(page.find('error-summary'))
    await page.click('error-link')
    expect(document.activeElement?.getAttribute('data-testid')).toBe('reason-N1')
    expect(page.desk.calls.some((call) => call.command === 'submit_correction')).toBe(false)
  })

  it('keeps what was typed while an older save was on its way', async () => {
    const page = await openName()
    await page.type('name-input', '甲')
    await pause()
    await page.type('name-input', '甲乙')
    await page.settle()
    expect((page.find('name-input') as HTMLInputElement).value).toBe('甲乙')
  })
})

describe('an approval', () => {
  it('opens once each piece of evidence was opened, and asks for the password', async () => {
    const page = await openPage('supervisor', '/approvals/a-name')
    await page.press('F9')
    expect(page.shows('decision')).toBe(false)
    expect(page.find('approve').getAttribute('aria-disabled')).toBe('true')
    for (const kind of ['chip_read', 'card_scan']) {
      await page.click(`evidence-open-${kind}`)
      await page.settle()
      await page.click('evidence-viewer-close')
      await page.settle()
    }
    expect(page.find('approve').getAttribute('aria-disabled')).toBeNull()
    await page.press('F9')
    await page.type('decision-password', 'wrong')
    await page.click('decision-submit')
    expect(page.find('failure').dataset['code']).toBe('login_failed')
    await page.type('decision-password', 'practice-1234')
    await page.click('decision-submit')
    expect(page.find('correction-state').dataset['state']).toBe('approved')
    const approved = page.desk.calls.filter((call) => call.command === 'approve_correction').at(-1)
    expect(approved?.args).toMatchObject({ id: 'a-name', digest: 'd41f' })
  })

  it('can be refused with one of the eight reasons', async () => {
    const page = await openPage('supervisor', '/approvals/a-photo')
    await page.press('F7')
    await page.click('rejection-E7')
    await page.type('decision-password', 'practice-1234')
    await page.click('decision-submit')
    expect(page.find('correction-state').dataset['state']).toBe('rejected')
  })
})

describe('a list of 100,000', () => {
  it('asks for the first page only and builds only what is seen', async () => {
    const page = await openPage('supervisor', '/approvals')
    await vi.waitFor(() => expect(page.find('approvals-list').dataset['total']).toBe('100000'))
    await page.settle()
    expect(document.querySelectorAll('[data-testid=approvals-list-row]').length).toBeLessThan(60)
    const asked = page.desk.calls.filter((call) => call.command === 'approvals')
    expect(asked.map((call) => (call.args as { page: { offset: number } }).page.offset)).toEqual([0])
  })
})
