// Collective service from the agent's card to the hand-over list.

import { describe, expect, it } from 'vitest'

import { SENIOR } from '@/testing/fake/people'
import { openPage } from '@/testing/page'

describe('collective service', () => {
  it('needs the card of an agent', async () => {
    const page = await openPage('clerk', '/collective')
    await page.click('take-agent')
    expect(document.body.textContent).toContain('还没有读到机构经办人的证件')
    expect(page.shows('begin-roster')).toBe(false)
  })

  it('issues only after the list of consents was scanned, and prints in the layout that was chosen', async () => {
    const page = await openPage('clerk', '/collective', (desk) => desk.layCard(SENIOR))
    await page.press('F2')
    expect(page.find('agent-name').textContent).toContain('李**')
    await page.click('begin-roster')
    expect(page.find('job-counts').textContent).toContain('共 80 人，发码 0，未办 8，待办 72')
    expect((page.find('run-job') as HTMLButtonElement).disabled).toBe(true)
    page.desk.handle('keep_consent_list', null)
    await page.desk.tell()
    await page.click('cancel-job')
    expect(page.shows('run-job')).toBe(false)
    expect(page.desk.calls.some((call) => call.command === 'run_job')).toBe(false)
  })

  it('sends the layout with the print', async () => {
    const page = await openPage('clerk', '/collective', (desk) => {
      desk.handle('begin_job', { institution: 'home', file: null })
      desk.handle('keep_consent_list', null)
    })
    await page.press('F9')
    expect(page.find('job-counts').textContent).toContain('发码 72')
    await page.press('F8')
    const printed = page.desk.calls.filter((call) => call.command === 'print_job')
    expect(printed.map((call) => call.args)).toEqual([{ paper: 'sheet', layout: 'a4_four_up' }])
    await page.click('print-hand-over')
    expect(page.find('job-prints').textContent).toContain('签收表')
  })
})
