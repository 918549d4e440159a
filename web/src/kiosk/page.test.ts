// The kiosk's page with views of the bridge put into its mouth. The real ones
// come in `tests/pages`.

import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { ChannelView } from '@/common/channel'
import { isAway, isSending, view, type Command, type Step, type View } from './bridge'
import KioskPage from './KioskPage.vue'
import { language } from './words'

const HOLDER: ChannelView = {
  name: '王秀英',
  masked_number: '310***********1427',
  has_photo: false,
  code: null,
  offers: [
    { action: 'apply', refusal: null },
    { action: 'reissue', refusal: 'never_had_a_code' },
    { action: 'report_loss', refusal: 'code_not_live' },
  ],
  reports: [],
  relatives: [],
}

let number = 0
let next: ((shown: View) => void) | null = null
const sent: Command[] = []

/** Returns a view in which everything works. */
function viewAt(step: Step, more: Partial<View> = {}): View {
  number += 1
  const calm = { card_left: null, card_present: false, troubles: [], can_print: true, ending: null, leaves_in: null }
  return { number, terminal: '一号', practice: false, step, ways: ['id_card', 'suishen_code', 'relative_code'], ...calm, ...more }
}

async function shows(step: Step, more: Partial<View> = {}): Promise<void> {
  await vi.waitFor(() => expect(next).not.toBeNull())
  next?.(viewAt(step, more))
  next = null
  await flushPromises()
}

async function opened(): Promise<VueWrapper> {
  const page = mount(KioskPage, { attachTo: document.body })
  await flushPromises()
  return page
}

const tap = async (page: VueWrapper, name: string): Promise<void> => {
  await page.get(`[data-testid=${name}]`).trigger('click')
  await flushPromises()
}
const has = (page: VueWrapper, name: string): boolean => page.find(`[data-testid=${name}]`).exists()

beforeEach(() => {
  sent.length = 0
  next = null
  view.value = null
  isAway.value = false
  isSending.value = false
  language.value = 'zh-CN'
  document.body.innerHTML = ''
  vi.stubGlobal('scrollTo', () => undefined)
  vi.stubGlobal('fetch', (path: string, options: RequestInit) => {
    if (path === '../bridge/do') {
      sent.push(JSON.parse(String(options.body)) as Command)
      return Promise.resolve(new Response(null, { status: 204 }))
    }
    return new Promise((resolve) => {
      next = (shown) => resolve(new Response(JSON.stringify(shown)))
    })
  })
})

describe('the kiosk’s page', () => {
  it('l8: does nothing before name and photo were confirmed', async () => {
    const page = await opened()
    await shows({ at: 'holder', holder: HOLDER })
    await tap(page, 'action-apply')
    expect(sent).toEqual([])
    expect(page.get('[data-testid=consequence]').text()).toContain('180天')
    expect(page.get('[data-testid=name]').text()).toBe('王秀英')
    await tap(page, 'no')
    expect(sent).toEqual([])
    await tap(page, 'action-apply')
    await tap(page, 'yes')
    expect(sent).toEqual([{ do: 'act', action: 'apply' }])
    page.unmount()
  })

  it('offers what the centre allows, and says why the rest is not', async () => {
    const page = await opened()
    const code = { serial: '0'.repeat(32), issued_at: 1_796_000_000_000, valid_through: '2027-05-29', standing: 'live' as const, copies: 1 }
    const offers = [
      { action: 'reissue' as const, refusal: 'already_issued_today' },
      { action: 'report_loss' as const, refusal: null },
      { action: 'reprint' as const, refusal: null },
    ]
    await shows({ at: 'holder', holder: { ...HOLDER, code, offers } })
    expect(has(page, 'action-reissue')).toBe(false)
    expect(has(page, 'action-reprint')).toBe(true)
    expect(page.get('[data-testid=reason]').text()).toContain('一天内仅可办理一次')
    page.unmount()
  })

  it('bars what needs the printer while it does not print, and nothing else', async () => {
    const page = await opened()
    const offers = (['reprint', 'report_loss'] as const).map((action) => ({ action, refusal: null }))
    const trouble = { code: 'kiosk_no_paper', zh: '打印机缺纸', en: 'No paper' }
    await shows({ at: 'holder', holder: { ...HOLDER, offers } }, { can_print: false, troubles: [trouble] })
    expect(page.get('[data-testid=action-reprint]').attributes('disabled')).toBeDefined()
    expect(page.get('[data-testid=action-report_loss]').attributes('disabled')).toBeUndefined()
    expect(page.get('[data-testid=trouble]').text()).toBe('打印机缺纸')
    page.unmount()
  })

  it('says that a card was left behind, and where to go with a wrong photo', async () => {
    const page = await opened()
    const left = { code: 'kiosk_card_left', zh: '读卡区上有一张身份证', en: 'A card lies there' }
    await shows({ at: 'start' }, { card_left: left })
    expect(page.get('[data-testid=card-left]').text()).toBe('读卡区上有一张身份证')
    await shows({ at: 'holder', holder: HOLDER })
    await tap(page, 'wrong')
    await tap(page, 'wrong-photo')
    expect(sent).toContainEqual({ do: 'wrong', field: 'photo' })
    await shows({ at: 'window', number: '1A2B-3C4D', field: 'photo', print: { is_over: true, failure: null, can_print_again: false } })
    expect(page.get('[data-testid=report-number]').text()).toBe('1A2B-3C4D')
    page.unmount()
  })

  it('forgets language and colours with the citizen', async () => {
    const page = await opened()
    await shows({ at: 'log_in' })
    await tap(page, 'language')
    await tap(page, 'contrast')
    expect(document.documentElement.lang).toBe('en')
    expect(document.documentElement.getAttribute('data-theme')).toBe('contrast')
    await shows({ at: 'start' }, { ending: 'timed_out' })
    expect(document.documentElement.lang).toBe('zh-CN')
    expect(document.documentElement.getAttribute('data-theme')).toBe('light')
    expect(page.get('[data-testid=ending]').text()).toContain('已清除')
    page.unmount()
  })

  it('shows nobody any more when the bridge does not answer', async () => {
    const page = await opened()
    await shows({ at: 'holder', holder: HOLDER })
    expect(page.text()).toContain('王秀英')
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('gone')))
    next?.(viewAt({ at: 'holder', holder: HOLDER }))
    await vi.waitFor(() => expect(page.text()).toContain('暂停服务'))
    expect(page.text()).not.toContain('王秀英')
    page.unmount()
  })

  it('tells the bridge of a touch, and of one thing at a time', async () => {
    const page = await opened()
    await shows({ at: 'log_in' })
    const way = page.get('[data-testid=way-id_card]')
    await Promise.all([way.trigger('click'), way.trigger('click')])
    await flushPromises()
    expect(sent).toEqual([{ do: 'choose', way: 'id_card' }])
    document.dispatchEvent(new Event('pointerdown'))
    document.dispatchEvent(new Event('pointerdown'))
    await flushPromises()
    expect(sent.filter((command) => command.do === 'touch')).toHaveLength(1)
    page.unmount()
  })
})
