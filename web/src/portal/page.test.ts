// The portal's page with answers of its server put into its mouth. The real ones
// come in `tests/pages`.

import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ChannelView, Offer } from '@/common/channel'
import { language } from '@/common/language'
import PortalPage from './PortalPage.vue'

const DAUGHTER = 'ab'.repeat(32)

const offers = (allowed: string[], refusal: string): Offer[] =>
  (['apply', 'reapply', 'reissue', 'report_loss', 'reprint'] as const).map((action) => ({
    action,
    refusal: allowed.includes(action) ? null : refusal,
  }))

const VIEW: ChannelView = {
  name: '王秀英',
  masked_number: '310***********1427',
  has_photo: false,
  code: null,
  offers: offers(['apply'], 'never_had_a_code'),
  reports: [],
  relatives: [{ citizen_ref: DAUGHTER, masked_name: '周**', relation: '女儿' }],
}

const LIVE: ChannelView = {
  ...VIEW,
  code: { serial: '0f'.repeat(16), issued_at: 1_795_000_000_000, valid_through: '2027-05-22', standing: 'live', copies: 1 },
  offers: offers(['report_loss', 'reprint'], 'already_issued_today'),
}

interface Sent {
  call: string
  body: Record<string, unknown>
}

let sent: Sent[] = []
/** Answers by call: status and body. */
let answers: Record<string, [number, unknown]> = {}
let page: VueWrapper | null = null

async function opened(): Promise<VueWrapper> {
  page = mount(PortalPage, { attachTo: document.body })
  await flushPromises()
  return page
}

async function click(name: string): Promise<void> {
  await page?.get(`[data-testid=${name}]`).trigger('click')
  await flushPromises()
}

const text = (name: string): string => page?.get(`[data-testid=${name}]`).text() ?? ''
const shows = (name: string): boolean => page?.find(`[data-testid=${name}]`).exists() ?? false

beforeEach(() => {
  sent = []
  answers = { view: [200, { view: VIEW, ends_in_s: 600 }] }
  language.value = 'zh-CN'
  history.replaceState(null, '', '/portal/')
  vi.stubGlobal('fetch', (path: string, options: RequestInit) => {
    const call = path.replace('./api/', '')
    sent.push({ call, body: JSON.parse(String(options.body)) as Record<string, unknown> })
    const [status, body] = answers[call] ?? [200, {}]
    if (status === 0) return Promise.reject(new TypeError('no connection'))
    return Promise.resolve({ ok: status < 400, json: () => Promise.resolve(body) })
  })
})

afterEach(() => {
  page?.unmount()
  vi.useRealTimers()
})

describe('the portal’s page', () => {
  it('says what to do for a relative whom the registry does not bind', async () => {
    answers = { view: [200, { view: { ...VIEW, relatives: [] }, ends_in_s: 600 }] }
    await opened()
    expect(shows('people')).toBe(false)
    expect(text('not-listed')).toContain('户口簿')
  })

  it('asks nobody anything before the log-in', async () => {
    answers['view'] = [401, { error: 'logged_out' }]
    await opened()
    expect(shows('welcome')).toBe(true)
    expect(shows('notice')).toBe(false)
  })

  it('takes the code out of the address, and sends it once', async () => {
    history.replaceState(null, '', `/portal/#code=${'cd'.repeat(32)}&language=en`)
    answers['session'] = [200, { view: VIEW, ends_in_s: 600 }]
    await opened()
    expect(location.hash).toBe('')
    expect(sent).toEqual([{ call: 'session', body: { code: 'cd'.repeat(32) } }])
    expect(text('name')).toBe('王秀英')
    expect(document.documentElement.lang).toBe('en')
  })

  it('says so when the log-in did not succeed', async () => {
    history.replaceState(null, '', '/portal/#code=00')
    answers['session'] = [401, { error: 'logged_out' }]
    await opened()
    expect(text('notice')).toContain('登录未成功')
    expect(shows('welcome')).toBe(true)
  })

  it('l8: does nothing before name and photo were confirmed', async () => {
    await opened()
    await click('apply')
    expect(text('confirm')).toContain('王秀英')
    expect(sent.map(({ call }) => call)).toEqual(['view'])
    answers['view'] = [200, { view: LIVE, ends_in_s: 600 }]
    await click('yes')
    expect(sent.slice(1)).toEqual([
      { call: 'apply', body: { holder: null, confirmed: true } },
      { call: 'view', body: { holder: null } },
    ])
    expect(text('sheet')).toContain('2027年5月22日')
    expect(document.activeElement?.id).toBe('notice')
  })

  it('names the holder in every request, so that two open pages mix nobody up', async () => {
    await opened()
    await click('relative-0')
    answers['view'] = [200, { view: LIVE, ends_in_s: 600 }]
    await click('apply')
    await click('yes')
    expect(sent.slice(1).map(({ body }) => body['holder'])).toEqual([DAUGHTER, DAUGHTER, DAUGHTER])
  })

  it('says each reason once, and nothing of actions that another takes the place of', async () => {
    answers['view'] = [200, { view: { ...VIEW, offers: offers([], 'not_eligible') }, ends_in_s: 600 }]
    await opened()
    expect(page?.findAll('[data-testid=reason]').map((one) => one.text())).toEqual([expect.stringContaining('不符合申领条件')])
    page?.unmount()
    answers['view'] = [200, { view: VIEW, ends_in_s: 600 }]
    await opened()
    expect(shows('reason')).toBe(false)
  })

  it('does not guess whether something was done', async () => {
    await opened()
    answers['apply'] = [0, null]
    await click('apply')
    await click('yes')
    expect(text('notice')).toContain('是否办成尚不确定')
    expect(sent.at(-1)?.call).toBe('view')
  })

  it('shows the sentence of a refusal that the page did not foresee', async () => {
    await opened()
    answers['apply'] = [422, { error: 'refused', code: 'something_new' }]
    await click('apply')
    await click('yes')
    expect(text('notice')).toContain('线下窗口')
  })

  it('forgets everybody when the session ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await opened()
    expect(shows('name')).toBe(true)
    vi.advanceTimersByTime(600_000)
    await flushPromises()
    expect(page?.text()).not.toContain('王秀英')
    expect(text('notice')).toContain('登录已结束')
  })

  it('keeps nothing of a person', async () => {
    await opened()
    await click('wrong')
    await page?.get('[data-testid=remark]').setValue('照片是以前的')
    await page?.get('[data-testid=wrong-form]').trigger('submit')
    await flushPromises()
    expect(sent.find(({ call }) => call === 'escalate')?.body).toEqual({ holder: null, field: 'name', remark: '照片是以前的' })
    expect(JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])).not.toMatch(/王|1427|照片/)
    expect(sent.every(({ call }) => /^[a-z-]+$/.test(call))).toBe(true)
  })
})
