// What the citizen window says in each step, and that it says nothing untrue.

import { mockIPC } from '@tauri-apps/api/mocks'
import { flushPromises, mount } from '@vue/test-utils'
import axe from 'axe-core'
import { describe, expect, it } from 'vitest'

import type { CitizenStage, CitizenWindowView } from '@/bindings'
import { i18n } from '@/i18n'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import CitizenWindow from './CitizenWindow.vue'
import { messageOf } from './message'

const VIEW: CitizenWindowView = {
  revision: 1,
  stage: 'welcome',
  site_name: '浦东新区市民中心',
  desk_number: 3,
  practice: true,
  name: null,
  masked_number: null,
  portrait: null,
  action: null,
  valid_through: null,
  confirmation: null,
  awaits_sheet: false,
  answer: null,
  correction: null,
}
const PERSON = { name: '王秀兰', masked_number: '310***********1427' }

async function words(more: Partial<CitizenWindowView>): Promise<string> {
  mockIPC((command) => (command === 'citizen_window' ? { ...VIEW, ...more } : null), { shouldMockEvents: true })
  const wrapper = mount(CitizenWindow, { attachTo: document.body, global: { plugins: [i18n] } })
  await flushPromises()
  const found = await axe.run(wrapper.element as HTMLElement, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
  expect(found.violations.map((one) => one.id)).toEqual([])
  const text = wrapper.text()
  wrapper.unmount()
  return text
}

describe('the citizen window', () => {
  it('has words in both languages for every message', () => {
    const stages: CitizenStage[] = ['closed', 'welcome', 'reading', 'take_card', 'in_progress', 'correcting', 'check_correction', 'not_eligible', 'take_notice', 'please_check', 'done', 'trouble']
    const actions = [null, 'apply', 'reapply', 'reissue', 'replace', 'report_loss', 'reprint', 'void'] as const
    const answers = [null, 'confirmed', 'provisional', 'refused'] as const
    const known = [zh.citizen, en.citizen].map((tree) => new Set(Object.keys(tree)))
    for (const stage of stages)
      for (const action of actions)
        for (const [confirmation, awaits_sheet] of answers.flatMap((one) => [[one, false], [one, true]] as const)) {
          const { heading, effect, hint } = messageOf({ ...VIEW, stage, action, confirmation, awaits_sheet })
          for (const key of [heading, effect, hint]) if (key !== null) expect(known.every((keys) => keys.has(key)), key).toBe(true)
        }
  })

  it('does not ask to take a sheet that is not printed', async () => {
    const done = { ...PERSON, stage: 'done', action: 'apply', confirmation: 'confirmed' } as const
    expect(await words({ ...done, awaits_sheet: true })).toContain('正在打印，请稍候')
    expect(await words(done)).toContain('请取回证件和离线码')
  })

  it('asks the holder to compare, and names the matter and what it ends', async () => {
    const text = await words({ ...PERSON, stage: 'please_check', action: 'reissue', portrait: 'data:,' })
    for (const part of ['请核对姓名和照片', '王秀兰', '正在办理：补领', '原来的离线码不能再用']) expect(text).toContain(part)
  })

  it('asks for the card that still lies there, and names a correction and a notice', async () => {
    expect(await words({ stage: 'take_card' })).toContain('请取回证件')
    expect(await words({ ...PERSON, stage: 'correcting' })).toContain('正在办理：更正')
    expect(await words({ ...PERSON, stage: 'not_eligible' })).toContain('现在不能申领')
    expect(await words({ ...PERSON, stage: 'take_notice' })).toContain('请取回证件和告知书')
  })

  it('does not ask to compare a photo that does not exist', async () => {
    const text = await words({ ...PERSON, stage: 'please_check', action: 'apply' })
    expect(text).toContain('请核对姓名')
    expect(text).not.toContain('照片')
  })

  it('says what a loss report ends instead of asking to compare', async () => {
    const text = await words({ ...PERSON, stage: 'please_check', action: 'report_loss', portrait: 'data:,' })
    expect(text).toContain('不能再用，也不能恢复')
    expect(text).not.toContain('请核对')
  })

  it('asks for an answer, sends it, and then for a signature', async () => {
    const sent: unknown[] = []
    const asked: CitizenWindowView = { ...VIEW, ...PERSON, stage: 'please_check', action: 'apply', answer: 'asked' }
    mockIPC(
      (command, args) => {
        if (command === 'citizen_window') return asked
        sent.push({ command, args })
        return { ...asked, revision: 2, answer: command === 'citizen_sign' ? 'signed' : 'signing' }
      },
      { shouldMockEvents: true },
    )
    const wrapper = mount(CitizenWindow, { attachTo: document.body, global: { plugins: [i18n] } })
    await flushPromises()
    expect(wrapper.find('[data-testid=citizen-wrong]').exists()).toBe(true)
    window.dispatchEvent(new KeyboardEvent('keydown', { key: '1' }))
    await flushPromises()
    expect(sent).toEqual([{ command: 'citizen_answer', args: { right: true } }])
    expect(wrapper.find('[data-testid=signature-pad]').exists()).toBe(true)
    // An empty pad cannot be handed over.
    expect(wrapper.find('[data-testid=signature-done]').attributes('disabled')).toBeDefined()
    const found = await axe.run(wrapper.element as HTMLElement, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
    expect(found.violations.map((one) => one.id)).toEqual([])
    wrapper.unmount()
  })

  it('shows what is on record and what will be, and never asks without a question', async () => {
    const correction = { field: 'name' as const, before: '王秀兰', after: '王绣兰' }
    const text = await words({ ...PERSON, stage: 'check_correction', correction, answer: 'asked' })
    for (const part of ['请核对更正后的姓名', '原登记', '王秀兰', '更正后', '王绣兰', '无误', '有误']) expect(text).toContain(part)
    expect(await words({ ...PERSON, stage: 'please_check', action: 'apply' })).not.toContain('无误')
    expect(await words({ ...PERSON, stage: 'please_check', action: 'apply', answer: 'unsigned' })).not.toContain('签名')
  })

  it('promises no sheet after a loss report', async () => {
    const text = await words({ stage: 'done', action: 'report_loss', confirmation: 'confirmed' })
    expect(text).toContain('已挂失')
    expect(text).not.toContain('离线码')
  })

  it('does not call done what the centre refused, or confirmed what it has not seen', async () => {
    const refused = await words({ stage: 'done', action: 'reissue', confirmation: 'refused', valid_through: '2027-05-22' })
    expect(refused).not.toContain('已办好')
    expect(refused).not.toContain('有效至')
    const offline = await words({ stage: 'done', action: 'reissue', confirmation: 'provisional', valid_through: '2027-05-22' })
    expect(offline).not.toContain('已办好')
    expect(offline).toContain('待中心确认')
  })

  it('does not say that something is done while nothing was chosen', async () => {
    expect(await words({ ...PERSON, stage: 'in_progress' })).not.toContain('正在办理')
  })
})
