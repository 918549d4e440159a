// What the clerk sees of trouble, screen by screen: the page's part of the handbook's table.
// counter/tests has what the case does, tests/e2e the real devices.

import { describe, expect, it } from 'vitest'

import { SENIOR } from '@/testing/fake/people'
import type { FakeDesk } from '@/testing/fake/desk'
import { PAPER_OUT } from '@/testing/fake/words'
import { openPage } from '@/testing/page'

const begun = (desk: FakeDesk): void => {
  desk.layCard(SENIOR)
  desk.handle('begin', { action: 'reissue', serial: null })
}
const STEPS: [string, (desk: FakeDesk) => void][] = [
  ['waiting', () => {}],
  ['citizen', (desk) => desk.layCard(SENIOR)],
  ['confirm', begun],
  [
    'done',
    (desk) => {
      begun(desk)
      desk.handle('confirm', { input: { confirmed_by_holder: true } })
    },
  ],
]

describe.each(STEPS)('at %s', (step, prepare) => {
  it('a printer in trouble is named in the status line', async () => {
    const page = await openPage('clerk', '/window', (desk) => {
      prepare(desk)
      const devices = desk.status.devices.map((one) => (one.kind === 'printer' ? { ...one, state: 'trouble' as const, trouble: PAPER_OUT } : one))
      desk.status = { ...desk.status, devices }
    })
    expect(page.find('window').dataset['step']).toBe(step)
    expect(page.find('status-devices').textContent).toContain('打印机')
  })

  it('a lock hides everything and gives it back', async () => {
    const page = await openPage('clerk', '/window', prepare)
    await page.press('l', { ctrlKey: true })
    expect(page.shows('lock')).toBe(true)
    expect(page.find('window').closest('[inert]')).not.toBeNull()
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    expect(page.shows('lock')).toBe(false)
    expect(page.find('window').dataset['step']).toBe(step)
  })
})

describe('another card', () => {
  const withAnother = (desk: FakeDesk): void => {
    begun(desk)
    desk.counter = { ...desk.counter, another_card: true }
  }

  it('is noticed while somebody compares, and disturbs nothing', async () => {
    const page = await openPage('clerk', '/window', withAnother)
    expect(page.find('another-card').textContent).toContain('另一人的证件')
    expect(page.find('confirm-holder').textContent).toContain('王秀兰')
  })

  it('fills in who acts for the holder as soon as the box is ticked', async () => {
    const page = await openPage('clerk', '/window', withAnother)
    await page.click('confirm-agent')
    expect((page.find('agent-name') as HTMLInputElement).value).toBe('欧阳建国')
    expect(page.shows('another-card')).toBe(false)
  })

  it('is asked for where it is left on the reader', async () => {
    const page = await openPage('clerk', '/window', (desk) => (desk.counter = { ...desk.counter, card_present: true }))
    expect(page.find('waiting').dataset['state']).toBe('left')
    expect(page.find('waiting').textContent).toContain('读卡器上还有证件')
  })
})
