// The whole page over a desk in memory, from log-in to the next citizen, by keyboard.

import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'

import type { Action, CounterView, Failure, Role } from '@/bindings'
import { ADULT, CHILD, SENIOR } from '@/testing/fake/people'
import { useCounter } from '@/stores/counter'
import { openPage, type Page } from '@/testing/page'
import { DUTIES, status } from '@/testing/fake/status'
import { LOCK_BEFORE_KNOWN } from './idle'
import { PLACES } from './places'

const calls = (page: Page, command: string) => page.desk.calls.filter((call) => call.command === command)

describe('a desk that does not open', () => {
  it('says why, and leaves out queue and devices, which it does not know', async () => {
    const page = await openPage(null, '/window', (desk) => {
      desk.instead.set('status', () => {
        throw { code: 'already_open', zh: '本机的窗口程序已经打开。', en: 'Open already.', field: null } satisfies Failure
      })
    })
    expect(page.find('failure').dataset['code']).toBe('already_open')
    expect(page.find('status-line').textContent.trim()).toBe('')
  })
})

describe('the status line', () => {
  it('says that the key lies in an unprotected file, and nothing of a protected one', async () => {
    expect((await openPage('clerk')).shows('status-key')).toBe(false)
    const page = await openPage('clerk', '/window', (desk) => {
      const view = status('clerk')
      desk.instead.set('status', () => ({ ...view, desk: { ...view.desk, protection: 'key_file' } }))
    })
    expect(page.find('status-key').textContent).toContain('密钥文件未受保护')
  })
})

describe('a case', () => {
  it('goes from login to the next citizen', async () => {
    const page = await openPage(null)
    await page.type('login-staff', '310115')
    await page.type('login-password', 'practice-1234')
    await page.click('login-submit')
    expect(page.find('status-who').textContent).toContain('陈敏')
    await page.press('F2')
    expect(page.find('citizen-name').textContent).toBe('王秀兰')
    expect(page.find('citizen-number').textContent).toContain('310***********1427')
    await page.press('F4')
    expect(page.find('confirm').dataset['action']).toBe('reissue')
    await page.press('F9')
    expect(page.find('done-confirmation').dataset['confirmation']).toBe('confirmed')
    await page.press('F8')
    expect(page.find('print-state').dataset['state']).toBe('completed')
    expect(page.find('print-in-hand').dataset['good']).toBe('open')
    await page.click('print-good')
    expect(page.find('print-in-hand').dataset['good']).toBe('true')
    await page.press('F2')
    expect(page.shows('waiting')).toBe(true)
  })

  it('serves somebody without a card on a document that was photographed', async () => {
    const page = await openPage('clerk')
    await page.press('F5')
    await page.type('no-card-number', '310101195103081428')
    expect(page.find('no-card').textContent).toContain('校验不通过')
    await page.type('no-card-number', '310101195103081427')
    expect(page.shows('no-card-fits')).toBe(true)
    await page.press('F9')
    expect(page.find('failure').dataset['code']).toBe('document_not_scanned')
    await page.click('no-card-loss_certificate')
    await page.press('F5')
    await page.press('F8')
    expect(page.shows('no-card-page')).toBe(true)
    await page.press('F9')
    expect(page.find('proof').dataset['kind']).toBe('document')
    expect(page.find('proof').textContent).toContain('身份证挂失证明')
    expect(calls(page, 'serve_on_document')).toHaveLength(2)
  })

  it('serves a bound relative, and says whose proof it was', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F5')
    expect(page.find('relative-1').textContent).toContain('王*明')
    await page.press('1')
    expect(page.find('proof').dataset['kind']).toBe('bound')
    expect(page.find('proof-agent').textContent).toContain('310***********1427')
    expect(page.shows('act-for')).toBe(false)
  })

  it('keeps the newest view when an event overtakes an answer', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    const counter = useCounter()
    if (counter.view === null) throw new Error('no view')
    const younger = { ...counter.view, revision: 7, failure: { code: 'younger', zh: '较新', en: 'younger', field: null } }
    counter.take(younger)
    counter.take({ ...younger, revision: 6, failure: null })
    await flushPromises()
    expect(page.find('failure').dataset['code']).toBe('younger')
  })

  it('L6: is not confirmed by the key that began the action', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F6')
    expect(page.find('confirm').dataset['action']).toBe('report_loss')
    await page.press('F6')
    expect(calls(page, 'confirm')).toHaveLength(0)
    await page.press('F9')
    expect(calls(page, 'confirm')).toHaveLength(1)
  })

  it('opens the form of a mistake that a kiosk reported at once', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    expect(page.find('offer-correction').className).toContain('primary')
    expect(page.find('reported-remark').textContent).toContain('𠮷')
    expect(page.find('offer-apply').className).not.toContain('primary')
    await page.press('F7')
    expect(calls(page, 'open_correction')[0]?.args).toEqual({ field: 'name', escalation: 'e-1' })
  })

  it('E8: asks for the guardian of a child', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    await page.press('F4')
    await page.press('F2')
    expect((page.find('agent-name') as HTMLInputElement).value).toBe('欧阳建国')
    await page.click('agent-consent')
    await page.press('F9')
    const input = calls(page, 'confirm')[0]?.args as { input: { agent: { consent: boolean; role: string } } }
    expect(input.input.agent).toMatchObject({ consent: true, role: 'guardian' })
  })

  it('E9: takes pages of proof for the agent, and keeps them when the card is read', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    await page.press('F4')
    for (const handle of ['one', 'two']) {
      page.desk.instead.set('take_picture', () => ({ handle, preview: 'data:,', width: 1, height: 1 }))
      await page.press('F5')
      await vi.waitFor(() => expect(page.shows('capture-frame')).toBe(true))
      await page.press('F8')
    }
    expect(document.querySelectorAll('[data-testid=agent-proof-page]')).toHaveLength(2)
    await page.press('F2')
    await page.click('agent-proof-remove-1')
    await page.click('agent-consent')
    await page.press('F9')
    const input = calls(page, 'confirm')[0]?.args as { input: { agent: { name: string; proof: string[] } } }
    expect(input.input.agent).toMatchObject({ name: '欧阳建国', proof: ['digest-of-two'] })
  })

  it('of a person who may not hold a code says why and offers the notice', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(ADULT))
    expect(page.find('eligibility').dataset['answer']).toBe('not_eligible')
    expect(page.shows('offer-apply')).toBe(false)
    await page.press('F8')
    expect(calls(page, 'print')[0]?.args).toEqual({ paper: 'notice' })
  })

  it('ignores keys that belong to the input method', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F4', { isComposing: true })
    await page.press('F4', { keyCode: 229 })
    expect(calls(page, 'begin')).toHaveLength(0)
  })

  it('follows events from Rust', async () => {
    const page = await openPage('clerk')
    page.desk.layCard(SENIOR)
    await page.desk.tell()
    await page.settle()
    expect(page.shows('citizen-zone')).toBe(true)
  })
})

describe('every answer of Rust is shown', () => {
  it('an action the centre refused offers the notice and no printed receipt', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F4')
    await page.press('F9')
    expect(page.shows('print-receipt')).toBe(true)
    const view = page.desk.counter
    if (view.done === null) throw new Error('nothing was done')
    page.desk.counter = { ...view, done: { ...view.done, confirmation: 'refused', prints: [] } }
    await page.desk.tell()
    await page.settle()
    expect(page.shows('print-receipt')).toBe(false)
    await page.press('F8')
    expect(calls(page, 'print').map((call) => (call.args as { paper: string }).paper).at(-1)).toBe('notice')
  })

  const ALL_ACTIONS: Record<Action, true> = { apply: true, reapply: true, reissue: true, report_loss: true, reprint: true, replace: true, void: true }
  const refusal: Failure = { code: 'any_code_at_all', zh: '不可以。', en: 'No.', field: null }

  it.each(Object.keys(ALL_ACTIONS) as Action[])('%s can be offered, refused, confirmed and done', async (action) => {
    const page = await openPage('supervisor', '/window', (desk) => {
      desk.layCard({ ...SENIOR, offers: [{ action, serial: 's', key: 'F4', primary: true, refusal: null, consequence: null }] })
    })
    await page.press('F4')
    expect(page.find('confirm').textContent).not.toContain('action.')
    await page.press('F9')
    expect(page.find('done').dataset['action']).toBe(action)
    page.desk.counter = { ...(page.desk.counter as CounterView), step: 'citizen', done: null, offers: [{ action, serial: null, key: 'F4', primary: false, refusal, consequence: null }] }
    await page.desk.tell()
    await page.settle()
    expect(page.shows(`refused-${action}`)).toBe(false)
    await page.click('why-not')
    expect(page.find(`refused-${action}`).dataset['code']).toBe('any_code_at_all')
  })

  it.each(Object.keys(DUTIES) as Role[])('a %s sees exactly the places of their duties', async (role) => {
    const page = await openPage(role)
    const shown = PLACES.filter((place) => page.shows(`place-${place.name}`)).map((place) => place.name)
    expect(shown).toEqual(PLACES.filter((place) => DUTIES[role].includes(place.duty)).map((place) => place.name))
    for (const place of shown) {
      await page.click(`place-${place}`)
      await page.settle()
      expect(page.find('rail').querySelector('.here')?.getAttribute('data-testid')).toBe(`place-${place}`)
    }
  })
})

describe('the lock screen', () => {
  it('keeps the form behind it and disables its keys', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(CHILD))
    await page.press('F4')
    await page.type('agent-name', '欧阳建国')
    await page.press('l', { ctrlKey: true })
    expect(page.shows('lock')).toBe(true)
    await page.press('F9')
    expect(calls(page, 'confirm')).toHaveLength(0)
    await page.type('unlock-password', 'practice-1234')
    await page.click('unlock-submit')
    expect((page.find('agent-name') as HTMLInputElement).value).toBe('欧阳建国')
  })

  it('appears by itself after ten idle minutes', async () => {
    const page = await openPage('clerk')
    vi.useFakeTimers()
    window.dispatchEvent(new Event('pointermove'))
    await vi.advanceTimersByTimeAsync(LOCK_BEFORE_KNOWN * 60_000 - 1)
    expect(calls(page, 'lock')).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(calls(page, 'lock')).toHaveLength(1)
    await flushPromises()
  })
})

describe('a scanned sheet', () => {
  it('is verified, and the focused field keeps its text', async () => {
    const page = await openPage('clerk', '/cases')
    await page.type('case-number-input', '310115')
    const field = page.find('case-number-input') as HTMLInputElement
    for (const key of 'SSM1:6BF+70') {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      field.dispatchEvent(event)
      // The engine types a key that nobody handled.
      if (!event.defaultPrevented) field.value += key
    }
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
    expect(field.value).toBe('310115')
    await page.settle()
    expect(calls(page, 'verify')[0]?.args).toEqual({ payload: 'SSM1:6BF+70' })
    expect(page.find('verify-answer').dataset['answer']).toBe('valid')
  })
})

describe('a call that the shell refuses', () => {
  it('is shown as a failure and does not throw', async () => {
    const page = await openPage('clerk', '/window', (desk) => {
      desk.instead.set('read_card', () => {
        throw 'read_card not allowed on window counter'
      })
    })
    await page.press('F2')
    expect(page.find('failure').dataset['code']).toBe('page_call_failed')
  })
})
