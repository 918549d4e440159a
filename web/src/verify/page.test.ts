// The guard's page with answers of the centre put into its mouth. The real ones come in `tests/pages`.

import { readFileSync } from 'node:fs'

import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { HealthAnswer, VerifyResponse } from '@/centre/wire'
import { keep, settings, type Trust } from '@/settings'
import VerifyPage from './VerifyPage.vue'

const VALID: VerifyResponse = {
  answer: 'valid',
  masked_name: '王**',
  masked_number: '310***********1427',
  issued_at: 1_795_000_000_000,
  valid_through: '2027-05-22',
  health: { said: 'no_provider' },
  registration_reference: null,
  watermark: '保安甲 · 北门 · 2026-11-30 09:00:00',
  server_time: 1_796_000_000_000,
}

const TRUST: Trust = { root: `04${'ab'.repeat(64)}`, issuer: 'SHSSM', class: 'practice', days: 180 }

/** A well-signed symbol of a practice centre. */
const SYMBOL = (JSON.parse(readFileSync('src/testing/centre.json', 'utf8')) as { valid: string }).valid

const sent: string[] = []

function centreAnswers(status: number, body: unknown): void {
  vi.stubGlobal('fetch', (path: string, options: RequestInit) => {
    sent.push(path, String(options.body))
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }))
  })
}

async function opened(): Promise<VueWrapper> {
  const page = mount(VerifyPage, { attachTo: document.body })
  await flushPromises()
  return page
}

async function scan(page: VueWrapper, text: string): Promise<void> {
  await page.get('[data-testid=text]').setValue(text)
  await page.get('[data-testid=check]').trigger('submit')
  await vi.waitFor(() => page.get('[data-testid=state]'))
}

const text = (page: VueWrapper, name: string): string => page.get(`[data-testid=${name}]`).text()

beforeEach(() => {
  sent.length = 0
  document.body.innerHTML = ''
  history.replaceState(null, '', '/verify/')
  keep({ language: 'zh-CN', scanner: '保安甲', place: '北门', trust: null, clockAhead: 0 })
})

describe('the guard’s page', () => {
  it('m6: never turns what nobody knows into good', async () => {
    for (const said of ['no_provider', 'unavailable', 'implausible', 'no_record'] as const) {
      const health: HealthAnswer = { said }
      centreAnswers(200, { ...VALID, health })
      const page = await opened()
      await scan(page, 'SSM1:A')
      expect(page.get('[data-testid=state]').attributes('data-tone')).toBe('good')
      expect(page.get('[data-testid=answer]').attributes('data-tone')).toBe('warn')
      expect(text(page, 'health')).toContain('不要猜测')
      page.unmount()
    }
  })

  it('sends the symbol in the body and keeps nothing of the holder', async () => {
    centreAnswers(200, VALID)
    const page = await opened()
    await scan(page, 'SSM1:SECRET')
    const [path = '', body = ''] = sent
    expect(path).toBe('../v1/verify')
    expect(JSON.parse(body)).toEqual({ payload: 'SSM1:SECRET', scanner: '保安甲', place: '北门', register: false })
    expect(JSON.stringify(localStorage)).not.toMatch(/王|1427|SECRET/)
    page.unmount()
  })

  it('says that it cannot check instead of answering', async () => {
    for (const [status, words] of [[429, '核验过于频繁'], [400, '中心不接受'], [503, '没有设置离线核验']] as const) {
      centreAnswers(status, { error: 'x' })
      const page = await opened()
      await scan(page, SYMBOL)
      expect(text(page, 'state')).toContain(words)
      expect(page.get('[data-testid=answer]').attributes('data-tone')).not.toBe('good')
      page.unmount()
    }
  })

  it('never asks about a text longer than any symbol', async () => {
    centreAnswers(200, VALID)
    const page = await opened()
    await scan(page, 'A'.repeat(1_025))
    expect(text(page, 'state')).toContain('不是离线随申码')
    expect(sent).toEqual([])
    page.unmount()
  })

  it('forgets the answer when the phone is put away', async () => {
    centreAnswers(200, VALID)
    const page = await opened()
    await scan(page, 'SSM1:A')
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    document.dispatchEvent(new Event('visibilitychange'))
    await flushPromises()
    expect(page.find('[data-testid=state]').exists()).toBe(false)
    expect(page.text()).not.toContain('王**')
    page.unmount()
  })

  it('takes no key without a question, and warns of another than it has', async () => {
    const other = `04${'cd'.repeat(64)}`
    const link = (root: string): void => history.replaceState(null, '', `/verify/#root=${root}&issuer=SHSSM&class=practice&days=180`)
    keep({ trust: TRUST })
    link(other)
    const page = await opened()
    await vi.waitFor(() => expect(text(page, 'key-id')).toMatch(/^([0-9a-f]{4} ){3}[0-9a-f]{4}$/))
    expect(location.hash).toBe('')
    expect(page.text()).toContain('本机已有另一把密钥')
    expect(settings.trust).toEqual(TRUST)
    await page.get('[data-testid=decline-key]').trigger('click')
    expect(settings.trust).toEqual(TRUST)
    page.unmount()
    // The key that it has is no question.
    link(TRUST.root)
    const again = await opened()
    expect(again.find('[data-testid=key-id]').exists()).toBe(false)
    again.unmount()
  })

  it('takes no set-up address that is not one', async () => {
    for (const fragment of ['#root=04ab&issuer=SHSSM&class=practice&days=180', `#root=${TRUST.root}&issuer=&class=live&days=180`, `#root=${TRUST.root}&issuer=A&class=both&days=180`, `#root=${TRUST.root}&issuer=A&class=live&days=x`]) {
      history.replaceState(null, '', `/verify/${fragment}`)
      const page = await opened()
      expect(page.find('[data-testid=key-id]').exists(), fragment).toBe(false)
      page.unmount()
    }
  })
})
