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
  return page
}

describe('a correction of a name', () => {
  it('is saved a moment after each change, and at once when the screen is left', async () => {
    const page = await openName()
    await page.type('name-input', '欧阳𠮷安')
    expect(saved(page).map((input) => input.name)).not.toContain('欧阳𠮷安')
    await pause()
    await page.settle()
    expect(saved(page).at(-1)?.name).toBe('欧阳𠮷安')
    expect(page.find('draft-saved').dataset['saved']).toBe('saved')
    await page.type('name-input', '欧阳𠮷')
    await page.press('Escape')
    await page.settle()
    expect(saved(page).at(-1)?.name).toBe('欧阳𠮷')
  })

  it('shows differences with their code points', async () => {
    const page = await openName()
    await page.type('name-input', '欧阳𠮷安')
    await pause()
    await page.settle()
    expect(page.find('name-differences').textContent).toContain('U+5409')
    expect(page.find('name-differences').textContent).toContain('U+20BB7')
    expect(page.shows('name-equals-chip')).toBe(true)
  })

  it('inserts a whole character of the chip at the caret', async () => {
    const page = await openName()
    await page.type('name-input', '欧阳安')
    ;(page.find('name-input') as HTMLInputElement).setSelectionRange(2, 2)
    await page.click('chip-character-2')
    expect((page.find('name-input') as HTMLInputElement).value).toBe('欧阳𠮷安')
  })

  it('lists what is missing when it is submitted, with links to the fields', async () => {
    const page = await openName()
    expect(page.shows('error-summary')).toBe(false)
    await page.press('F9')
    expect(document.activeElement).toBe(page.find('error-summary'))
    await page.click('error-link')
    expect(document.activeElement?.getAttribute('data-testid')).toBe('reason-N1')
    expect(page.desk.calls.some((call) => call.command === 'submit_correction')).toBe(false)
  })

  it('keeps what is typed while an older save is under way', async () => {
    const page = await openName()
    await page.type('name-input', '甲')
    await pause()
    await page.type('name-input', '甲乙')
    await page.settle()
    expect((page.find('name-input') as HTMLInputElement).value).toBe('甲乙')
  })

  it('saves the first change after submitting, which leaves the form as it was', async () => {
    const page = await openPage('clerk', '/window', (desk) => {
      desk.layCard(CHILD)
      // For an adult Rust changes nothing in the form.
      const view = (more: object) => ({
        ...(desk.handle('remove_evidence', { id: 'n-name', digest: 'none' }) as object), guardian_needed: false, problems: [], ...more,
      })
      desk.instead.set('correction', () => view({}))
      desk.instead.set('save_correction', ({ input }) => view({ typed: input }))
      desk.instead.set('submit_correction', () => view({ state: 'submitted', typed: saved(page).at(-1) }))
    })
    await page.press('F7')
    await page.press('1')
    await page.settle()
    await page.type('name-input', '欧阳𠮷安')
    await pause()
    await page.press('F9')
    expect(page.find('correction-state').dataset['state']).toBe('submitted')
    const receipts = () => page.desk.calls.filter((call) => call.command === 'print_accepted').length
    expect(receipts(), 'the citizen gets a receipt of what was handed in').toBe(1)
    await page.press('F8')
    expect(receipts()).toBe(2)
    const before = saved(page).length
    await page.click('correction-change')
    await page.type('name-input', '欧阳𠮷宁')
    await pause()
    await page.settle()
    expect(saved(page).length).toBe(before + 1)
    expect(saved(page).at(-1)?.name).toBe('欧阳𠮷宁')
  })

  it('saves the form before a page is removed', async () => {
    const page = await openName()
    const sent = () => page.desk.calls.map((call) => call.command).filter((command) => ['save_correction', 'remove_evidence'].includes(command))
    await page.type('name-input', '欧阳𠮷')
    await page.click('evidence-remove-chip_read')
    await page.settle()
    expect(sent()).toEqual(['save_correction', 'remove_evidence'])
    expect(saved(page).at(-1)?.name).toBe('欧阳𠮷')
    expect((page.find('name-input') as HTMLInputElement).value).toBe('欧阳𠮷')
  })

  it('shows its evidence beside the form, and a page that was added at once', async () => {
    const page = await openName()
    const here = () => document.querySelector('[data-testid^="evidence-open-"][aria-current="true"]')?.getAttribute('data-testid')
    expect(here()).toBe('evidence-open-chip_read')
    const before = document.querySelectorAll('[data-testid=evidence-piece]').length
    await page.click('evidence-add-card_scan')
    await vi.waitFor(() => expect(page.shows('capture-frame')).toBe(true), 10_000)
    await page.press('F8')
    await vi.waitFor(() => expect(document.querySelectorAll('[data-testid=evidence-piece]').length).toBe(before + 1), 10_000)
    await vi.waitFor(() => expect(here()).toBe('evidence-open-card_scan'), 10_000)
    await vi.waitFor(() => expect(page.shows('capture')).toBe(false), 10_000)
    await page.press('PageUp')
    expect(here()).toBe('evidence-open-chip_read')
  })

  it('keeps the order of its keys: reason, name, evidence, submit', async () => {
    await openName()
    const order = [...document.querySelectorAll<HTMLElement>('[data-testid=correction] :is(input, button, select, textarea)')].map((one) => one.dataset['testid'])
    const at = ['reason-N1', 'name-input', 'evidence-open-chip_read', 'correction-submit'].map((name) => order.indexOf(name))
    expect(at.every((place) => place >= 0)).toBe(true)
    expect([...at].sort((one, other) => one - other)).toEqual(at)
  })

  it('tells Rust which correction is open, and when it is closed', async () => {
    const page = await openName()
    const attended = () => page.desk.calls.filter((call) => call.command === 'attend_correction').map((call) => (call.args as { id: string | null }).id)
    expect(attended().at(-1)).toBe('n-name')
    await page.desk.tell()
    await page.settle()
    const known = attended().length
    await page.press('Escape')
    await page.settle()
    expect(attended().slice(known)).toEqual([null])
  })
})

/** Locks the screen whatever is open, as the idle lock does. */
async function lock(page: Page): Promise<void> {
  page.desk.status = { ...page.desk.status, locked: true }
  await page.desk.tell()
  await page.settle()
}

describe('a lock while a dialog is open', () => {
  it('hides the dialog and the evidence, and keeps the password field usable', async () => {
    const page = await openName()
    expect(page.shows('evidence-picture')).toBe(true)
    await page.click('correction-about')
    expect(page.shows('correction-facts')).toBe(true)
    await lock(page)
    expect(page.shows('evidence-picture')).toBe(false)
    expect(page.shows('correction-facts')).toBe(false)
    expect(document.querySelector('.dialog, .shade')).toBeNull()
    expect(document.activeElement).toBe(page.find('unlock-password'))
    expect(page.find('lock').closest('[aria-hidden=true], [inert]')).toBeNull()
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    expect(page.shows('evidence-picture')).toBe(true)
    expect(page.shows('correction-facts')).toBe(true)
  })

  it('takes the evidence of an approval off the screen', async () => {
    const page = await openPage('supervisor', '/approvals/a-name')
    expect(page.shows('evidence-picture')).toBe(true)
    await lock(page)
    expect(page.shows('evidence-picture')).toBe(false)
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    expect(page.shows('evidence-picture')).toBe(true)
  })

  it('does not show the dialog to another person', async () => {
    const page = await openName()
    await page.click('correction-about')
    await lock(page)
    await page.click('lock-other')
    await page.type('login-staff', '310102')
    await page.type('login-password', 'practice-1234')
    await page.click('login-submit')
    await page.settle()
    expect(page.shows('status-who')).toBe(true)
    expect(page.shows('correction-facts')).toBe(false)
    expect(page.shows('evidence-picture')).toBe(false)
  })

  it('stops the camera', async () => {
    const page = await openName()
    await page.click('evidence-add-card_scan')
    const frames = () => page.desk.calls.filter((call) => call.command === 'camera_frame').length
    await vi.waitFor(() => expect(frames()).toBeGreaterThan(1))
    await lock(page)
    const seen = frames()
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(frames()).toBe(seen)
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    await vi.waitFor(() => expect(frames()).toBeGreaterThan(seen))
  })

  it('clears a password that was not sent', async () => {
    const page = await openPage('supervisor', '/approvals/a-photo')
    await page.press('F7')
    await page.type('decision-password', 'practice-1234')
    await lock(page)
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    expect((page.find('decision-password') as HTMLInputElement).value).toBe('')
  })
})

describe('a session that has ended', () => {
  const ENDED = (desk: Page['desk']) => {
    const operator = desk.status.operator
    if (operator !== null) desk.status = { ...desk.status, locked: true, operator: { ...operator, session_ended: true, second_factor: true } }
  }

  it('asks for a log-in with the second factor, and says why', async () => {
    const page = await openPage('supervisor', '/window', ENDED)
    expect(page.find('lock-why').textContent).toContain('登录已结束')
    expect(page.find('unlock-submit').textContent).toContain('登录')
    await page.type('unlock-password', 'practice-1234')
    await page.type('unlock-second-factor', '081804')
    await page.click('unlock-submit')
    expect(page.desk.calls.filter((call) => call.command === 'unlock').at(-1)?.args).toEqual({ password: 'practice-1234', secondFactor: '081804' })
    expect(page.shows('lock')).toBe(false)
  })

  it('asks for no second factor while it goes on', async () => {
    const page = await openPage('supervisor', '/window')
    await lock(page)
    expect(page.shows('unlock-second-factor')).toBe(false)
  })
})

describe('a list of 100,000 rows', () => {
  it('loads the first page only and builds only the rows in view', async () => {
    const page = await openPage('supervisor', '/approvals')
    await vi.waitFor(() => expect(page.find('approvals-list').dataset['total']).toBe('100000'))
    await page.settle()
    expect(document.querySelectorAll('[data-testid=approvals-list-row]').length).toBeLessThan(60)
    const asked = page.desk.calls.filter((call) => call.command === 'approvals')
    expect(asked.map((call) => (call.args as { page: { offset: number } }).page.offset)).toEqual([0])
  })
})
