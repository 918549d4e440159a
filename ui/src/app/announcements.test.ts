// What a screen reader is told of its own accord. tests/e2e hears it from the real engine.

import { describe, expect, it } from 'vitest'

import { SENIOR } from '@/testing/fake/people'
import { CENTRE_UNREACHABLE, PAPER_OUT } from '@/testing/fake/words'
import { openPage, type Page } from '@/testing/page'

const said = (page: Page): string => page.find('announced').textContent
const warned = (page: Page): string => page.find('warned').textContent

/** Issues a code and prints it. */
function issued(desk: Page['desk']): void {
  desk.layCard(SENIOR)
  desk.handle('begin', { action: 'reissue', serial: null })
  desk.handle('confirm', { input: { confirmed_by_holder: true } })
}

describe('a screen reader', () => {
  it('is told of each message as an element that comes into a lasting region', async () => {
    const page = await openPage(null)
    const region = page.find('warned')
    await page.type('login-staff', '310115')
    await page.type('login-password', 'wrong')
    await page.click('login-submit')
    const first = region.lastElementChild
    expect(warned(page)).toContain(page.find('failure').querySelector('.words')?.textContent?.trim().slice(-8))
    await page.type('login-password', 'wrong again')
    await page.click('login-submit')
    expect(region.isConnected && region.lastElementChild !== first).toBe(true)
  })

  it('hears that the sheet came out', async () => {
    const page = await openPage('clerk', '/window', issued)
    expect(said(page)).not.toContain('已打出')
    await page.press('F8')
    expect(said(page)).toContain('离线码（纸质）：打印机报告已打出')
  })

  it('hears that a printer has no paper, and that the line is gone', async () => {
    const page = await openPage('clerk')
    const { status } = page.desk
    page.desk.status = {
      ...status,
      devices: status.devices.map((one) => (one.kind === 'printer' ? { ...one, state: 'trouble' as const, trouble: PAPER_OUT } : one)),
    }
    await page.desk.tell()
    await page.settle()
    expect(said(page)).toContain('打印机')
    page.desk.status = { ...page.desk.status, line: { ...status.line, state: 'offline', reason: CENTRE_UNREACHABLE } }
    await page.desk.tell()
    await page.settle()
    expect(said(page)).toContain('离线')
  })

  it('has the focus at the citizen in front, with what they may do, and nothing of them afterwards', async () => {
    const page = await openPage('clerk')
    page.desk.layCard(SENIOR)
    await page.desk.tell()
    await page.settle()
    expect(document.activeElement?.tagName).toBe('H1')
    expect(document.activeElement?.textContent).toMatch(/^王秀兰，/)
    await page.press('Escape')
    expect(document.activeElement?.textContent).toContain('证件')
    expect(document.body.textContent).not.toContain('王秀兰')
  })

  it('comes to the next button when the one that was pressed is gone', async () => {
    const page = await openPage('clerk', '/window', issued)
    await page.press('F8')
    page.find('print-good').focus()
    await page.click('print-good')
    expect((document.activeElement as HTMLElement).dataset['testid']).toBe('done-next')
  })

  it('finds the screen in the title', async () => {
    const page = await openPage('clerk', '/journal')
    expect(document.title).toBe('日结 · 离线随申码')
    await page.press('l', { ctrlKey: true })
    expect(document.title).toBe('已锁屏 · 离线随申码')
  })
})
