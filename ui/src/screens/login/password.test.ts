// The change of one's own password, by keyboard.

import { describe, expect, it } from 'vitest'

import { openPage, type Page } from '@/testing/page'

const sent = (page: Page) => page.desk.calls.filter((call) => call.command === 'change_password')

async function chooses(page: Page, first: string, second: string): Promise<void> {
  await page.type('password-new', first)
  await page.type('password-again', second)
  await page.click('password-submit')
}

describe('a change of password', () => {
  it('is one key away, asks for the old one, and closes', async () => {
    const page = await openPage('clerk', '/window')
    await page.press('p', { ctrlKey: true })
    expect(page.shows('password-staff')).toBe(false)
    await page.type('password-old', 'practice-1234')
    await chooses(page, 'blue horse battery', 'blue horse battery')
    expect(page.shows('password')).toBe(false)
    expect(sent(page).map((call) => call.args)).toEqual([
      { input: { staff: '310115', password: 'practice-1234', activation: false, second_factor: null, new_password: 'blue horse battery' } },
    ])
  })

  it('sends nothing while the two entries differ', async () => {
    const page = await openPage('clerk', '/window')
    await page.press('p', { ctrlKey: true })
    await page.type('password-old', 'practice-1234')
    await chooses(page, 'blue horse battery', 'blue horse batteri')
    expect(sent(page)).toEqual([])
    expect(page.find('password-again').getAttribute('aria-invalid')).toBe('true')
  })

  it('says at its field what is wrong with the new one, and keeps the old one', async () => {
    const page = await openPage('clerk', '/window')
    await page.press('p', { ctrlKey: true })
    await page.type('password-old', 'practice-1234')
    await chooses(page, 'short', 'short')
    expect(page.find('password-new').getAttribute('aria-invalid')).toBe('true')
    expect((page.find('password-old') as HTMLInputElement).value).toBe('practice-1234')
    expect((page.find('password-new') as HTMLInputElement).value).toBe('')
  })

  it('opens by itself when the password is too old, with what was typed, and logs in', async () => {
    const page = await openPage(null, '/window', (desk) => {
      desk.instead.set('login', () => {
        throw { code: 'password_too_old', zh: '密码已超过规定使用期限。', en: 'The password is too old.', field: null }
      })
    })
    await page.type('login-staff', '310115')
    await page.type('login-password', 'practice-1234')
    await page.click('login-submit')
    expect(page.shows('password')).toBe(true)
    expect((page.find('password-staff') as HTMLInputElement).value).toBe('310115')
    await chooses(page, 'blue horse battery', 'blue horse battery')
    expect(page.find('status-who').textContent).toContain('陈敏')
  })

  it('takes an activation code in the place of the old password at the log-in screen', async () => {
    const page = await openPage(null, '/window')
    await page.click('login-change-password')
    await page.type('password-staff', '310115')
    await page.click('password-activation')
    await page.type('password-code', 'K7XM-2PQ9-TWH4-8BDF')
    await chooses(page, 'blue horse battery', 'blue horse battery')
    expect(sent(page).at(-1)?.args).toMatchObject({ input: { activation: true, password: 'K7XM-2PQ9-TWH4-8BDF' } })
    expect(page.find('status-who').textContent).toContain('陈敏')
  })

  it('goes on to the one-time code of a phone, which asks for its first code', async () => {
    const page = await openPage('clerk', '/window')
    await page.press('p', { ctrlKey: true })
    await page.click('password-second-factor-open')
    expect(page.find('second-factor-secret').textContent).toContain('GEZD')
    await page.type('second-factor-password', 'practice-1234')
    await page.type('second-factor-code', '654321')
    await page.click('second-factor-submit')
    expect(page.shows('second-factor-set')).toBe(false)
    await page.type('second-factor-code', '123456')
    await page.click('second-factor-submit')
    expect(page.shows('second-factor-set')).toBe(true)
    expect(page.shows('second-factor-secret')).toBe(false)
  })

  it('forgets what was typed when the screen locks', async () => {
    const page = await openPage('clerk', '/window')
    await page.press('p', { ctrlKey: true })
    await page.type('password-old', 'practice-1234')
    page.desk.status = { ...page.desk.status, locked: true }
    await page.desk.tell()
    await page.settle()
    expect(page.shows('password')).toBe(false)
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    expect((page.find('password-old') as HTMLInputElement).value).toBe('')
  })
})
