// The accounts of the site: adding one and many, changing one, and whose signature it takes.

import { describe, expect, it } from 'vitest'

import { openPage, type Page } from '@/testing/page'

const acts = (page: Page) => page.desk.calls.filter((call) => call.command === 'account_act').map((call) => call.args)

async function choose(page: Page, text: string): Promise<void> {
  const input = page.find('account-list-file') as HTMLInputElement
  Object.defineProperty(input, 'files', { value: [new File([text], 'staff.csv')], configurable: true })
  input.dispatchEvent(new Event('change'))
  // The file is read beside the page.
  for (let round = 0; round < 50 && !page.shows('account-list-count'); round += 1) await page.settle()
}

describe('the accounts of a site', () => {
  it('adds one by F4 and shows its activation code once', async () => {
    const page = await openPage('security_admin', '/accounts')
    await page.press('F4')
    await page.type('account-staff', '320001')
    await page.type('account-name', '王小明')
    await page.click('role-clerk')
    await page.type('sign-password', 'practice-1234')
    await page.click('account-submit')
    expect(acts(page)).toEqual([
      { input: { command: { kind: 'add', staff: '320001', name: '王小明', roles: ['clerk'] }, password: 'practice-1234', second: null } },
    ])
    expect(page.find('code-320001').textContent).toBe('K7XM-2PQ9-TWH4-8BDF')
    await page.click('codes-save')
    expect(page.find('codes-saved').textContent).toContain('codes-310101')
    await page.click('codes-close')
    expect(page.shows('code-320001')).toBe(false)
  })

  it('asks for a second security administrator where Rust says so, and keeps what was typed', async () => {
    const page = await openPage('security_admin', '/accounts')
    await page.press('F4')
    await page.type('account-staff', '320002')
    await page.type('account-name', '李安')
    await page.click('role-security_admin')
    await page.type('sign-password', 'practice-1234')
    expect(page.shows('sign-second')).toBe(false)
    await page.click('account-submit')
    expect((page.find('sign-password') as HTMLInputElement).value).toBe('practice-1234')
    await page.type('second-staff', '310904')
    await page.type('second-password', 'another-1234')
    await page.click('account-submit')
    expect(acts(page).at(-1)).toMatchObject({ input: { second: { staff: '310904', password: 'another-1234', second_factor: null } } })
    expect(page.shows('code-320002')).toBe(true)
  })

  it('changes one by its version, and nobody their own', async () => {
    const page = await openPage('security_admin', '/accounts')
    expect(page.shows('account-manage-310902')).toBe(false)
    await page.click('account-manage-310115')
    await page.type('sign-password', 'practice-1234')
    await page.click('account-submit')
    expect(page.shows('change-missing')).toBe(true)
    expect(acts(page)).toEqual([])
    await page.click('change-disable')
    await page.click('account-submit')
    expect(acts(page)).toMatchObject([{ input: { command: { kind: 'change', staff: '310115', version: 3, change: { change: 'disable' } } } }])
    expect(page.find('account-state-310115').textContent).toContain('已停用')
  })

  it('names each wrong line of a list, and adds the others only when they are agreed to', async () => {
    const page = await openPage('security_admin', '/accounts')
    await page.press('F6')
    await choose(page, '工号,姓名,角色')
    expect(page.find('account-list-count').textContent).toContain('1 行可以新增，1 行不对')
    expect(page.find('wrong-3').textContent).toContain('角色')
    expect(page.shows('account-list-submit')).toBe(false)
    await page.click('account-list-agree')
    await page.type('sign-password', 'practice-1234')
    await page.click('account-list-submit')
    expect(acts(page)).toMatchObject([{ input: { command: { kind: 'add_listed' } } }])
    expect(page.shows('code-320001')).toBe(true)
  })

  it('shows what the desk knows without the centre, and changes nothing then', async () => {
    const page = await openPage('security_admin', '/accounts', (desk) => {
      desk.instead.set('accounts', () => ({ from_centre: false, accounts: [] }))
    })
    expect(page.shows('accounts-offline')).toBe(true)
    await page.press('F4')
    expect(page.shows('account-submit')).toBe(false)
  })
})
