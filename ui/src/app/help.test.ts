// F1: why something cannot be done, what the screen is for, its keys.

import { describe, expect, it } from 'vitest'

import { ADULT, SENIOR } from '@/testing/fake/people'
import { openPage } from '@/testing/page'

describe('the help of a screen', () => {
  it('says first why something cannot be done now', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(ADULT))
    expect(page.shows('refused-apply')).toBe(false)
    await page.press('F1')
    expect(page.find('refused-apply').dataset['code']).toBe('not_eligible')
    expect(page.find('help').querySelector('.body')).toBe(document.activeElement)
  })

  it('separates English names by commas that stand before the next name', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard({ ...SENIOR, offers: ADULT.offers.map((offer) => ({ ...offer, refusal: ADULT.offers[0]?.refusal ?? null })) }), 'en')
    await page.press('F1')
    expect(page.find('refusals').querySelector('dt')?.textContent).toBe('First issue, Loss report')
  })

  it('lists the keys of the screen and those of the rail', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('F1')
    expect(page.find('help').textContent).toContain('F4')
    expect(page.find('help').textContent).toContain('Alt+1…9')
  })
})

describe('the rail', () => {
  it('opens its places by Alt and a digit', async () => {
    const page = await openPage('clerk', '/window')
    await page.press('8', { altKey: true })
    expect(page.shows('verify')).toBe(true)
    await page.press('1', { altKey: true, isComposing: true })
    expect(page.shows('verify')).toBe(true)
    await page.press('1', { altKey: true })
    expect(page.shows('waiting')).toBe(true)
  })

  it('is out of reach behind a dialog', async () => {
    const page = await openPage('clerk', '/window')
    await page.press('F1')
    await page.press('8', { altKey: true })
    expect(page.shows('help')).toBe(true)
    expect(page.shows('verify')).toBe(false)
  })
})

describe('the key bar', () => {
  it('has a fixed place for each function key', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    const slots = () => [...document.querySelectorAll('[data-testid=key-bar] li')]
    const at = (key: string) => slots().findIndex((slot) => slot.querySelector('.cap')?.textContent === key)
    const before = ['F1', 'F2', 'F4', 'F8', 'Escape'].map((key) => at(key === 'Escape' ? 'Esc' : key))
    expect(before).toEqual([0, 1, 3, 7, 11])
    await page.press('F4')
    expect(at('F9')).toBe(8)
    expect(at('Esc')).toBe(11)
    expect(page.find('key-submit').className).toContain('primary')
  })
})

describe('the waiting screen', () => {
  it('asks to take away a card that was left on the reader', async () => {
    const page = await openPage('clerk', '/window', (desk) => {
      desk.counter = { ...desk.counter, card_present: true }
    })
    expect(page.find('waiting').dataset['state']).toBe('left')
  })

  it('does not call a find that succeeded a failure', async () => {
    const page = await openPage('clerk', '/window', (desk) => {
      desk.counter = { ...desk.counter, failure: { code: 'lay_card_again', zh: '办件已找到。', en: 'Found.', field: 'case_number' } }
    })
    expect(page.find('case-found').textContent).toContain('办件已找到')
    expect(page.shows('failure')).toBe(false)
  })

  it('shows the figures of the day and what was done last', async () => {
    const page = await openPage('clerk', '/window')
    expect(page.find('today').textContent).toContain('14')
    expect(page.find('today').querySelectorAll('ol li')).toHaveLength(3)
  })
})
