// Synthetic people with drawn portraits, for tests and the development page.

import type { Action, ActionKey, CitizenCardView, EligibilityView, OfferView, TimelineEntryView } from '@/bindings'
import * as words from './words'

/** Draws a portrait in two colours. */
export function portrait(shirt: string, hair: string): string {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 358 441"><rect width="358" height="441" fill="#fff"/>
<path d="M40 441c0-90 60-130 139-130s139 40 139 130z" fill="${shirt}"/><rect x="150" y="270" width="58" height="60" fill="#e2b48f"/>
<ellipse cx="179" cy="180" rx="98" ry="128" fill="#efc7a4"/><path d="M81 175C70 60 120 14 179 14s109 46 98 161c-10-60-40-90-98-90s-88 30-98 90z" fill="${hair}"/>
<circle cx="142" cy="186" r="9" fill="#2b2320"/><circle cx="216" cy="186" r="9" fill="#2b2320"/>
<path d="M150 252q29 20 58 0" stroke="#8d4a3c" stroke-width="6" fill="none"/></svg>`
  return `data:image/svg+xml;base64,${btoa(drawing)}`
}

export interface Person {
  citizen: CitizenCardView
  eligibility: EligibilityView
  timeline: TimelineEntryView[]
  offers: OfferView[]
}

function offer(action: OfferView['action'], more: Partial<OfferView> = {}): OfferView {
  return { action, serial: null, key: null, primary: false, refusal: null, consequence: null, ...more }
}

const KEYS: Record<Action, ActionKey | null> = { apply: 'F4', reapply: 'F4', reissue: 'F4', replace: 'F4', report_loss: 'F6', reprint: 'F8', void: null }

/** Senior with a live code, who may reissue, report a loss or reprint. */
export const SENIOR: Person = {
  citizen: {
    name: '王秀兰',
    masked_name: '王**',
    masked_number: '310***********1427',
    sex: 'female',
    age: 75,
    portrait: portrait('#40566f', '#9aa0a6'),
    portrait_from: 'registry',
    card: 'resident',
    chip_name: null,
    name_hints: [],
    card_valid_through: null,
    card_long_term: true,
    card_expired: false,
    relatives: [{ masked_name: '李*', relation: '子女' }],
  },
  eligibility: {
    answer: { answer: 'eligible', ground: 'senior', provisional: false, guardian_needed: false },
    zh: '年满 60 周岁，可以申领。',
    en: 'Aged 60 or over: may hold a code.',
  },
  timeline: [
    {
      entry: 'code',
      serial: '4a1f77c09b3e',
      serial_short: '4A1F77C0',
      standing: 'live',
      provisional: false,
      issued_at: '2026-08-03T10:12:00+08:00',
      valid_through: '2027-01-30',
      days_left: 68,
      copies: 1,
    },
    {
      entry: 'correction',
      id: 'c-1',
      field: 'photo',
      reason: 'P3',
      state: 'applied',
      at: '2026-02-02T15:40:00+08:00',
    },
    {
      entry: 'code',
      serial: '91d3',
      serial_short: '91D3E5AA',
      standing: 'expired',
      provisional: false,
      issued_at: '2026-01-10T09:00:00+08:00',
      valid_through: '2026-07-09',
      days_left: null,
      copies: 2,
    },
  ],
  offers: [
    offer('reissue', {
      key: KEYS.reissue,
      primary: true,
      consequence: { zh: '现有离线码（4A1F77C0）立即作废，旧纸不能再用。', en: 'The code in force (4A1F77C0) ends at once; the old sheet is void.' },
    }),
    offer('reprint', { key: KEYS.reprint, serial: '4a1f77c09b3e' }),
    offer('report_loss', {
      key: KEYS.report_loss,
      serial: '4a1f77c09b3e',
      consequence: { zh: '离线码（4A1F77C0）立即挂失，不能恢复。', en: 'The code (4A1F77C0) is reported lost at once; this cannot be undone.' },
    }),
    offer('apply', { refusal: words.HAS_HAD }),
    offer('replace', { refusal: words.NO_CORRECTION }),
    offer('void', { refusal: words.NOT_PERMITTED }),
  ],
}

/** Child under 14 with a rare character, escalated at a kiosk. */
export const CHILD: Person = {
  citizen: {
    name: '欧阳𠮷安',
    masked_name: '欧阳**',
    masked_number: '310***********0017',
    sex: 'male',
    age: 11,
    portrait: null,
    portrait_from: 'not_decodable',
    card: 'resident',
    chip_name: '欧阳吉安',
    name_hints: [words.NAME_DIFFERS],
    card_valid_through: '2028-05-12',
    card_long_term: false,
    card_expired: false,
    relatives: [{ masked_name: '欧阳**', relation: '父' }],
  },
  eligibility: {
    answer: { answer: 'eligible', ground: 'minor', provisional: false, guardian_needed: true },
    zh: '未满 18 周岁，可以申领；未满 14 周岁须由监护人办理。',
    en: 'Under 18: may hold a code. Under 14 a guardian has to act.',
  },
  timeline: [
    { entry: 'escalation', id: 'e-1', field: 'name', channel: 'kiosk', at: '2026-11-20T11:02:00+08:00' },
  ],
  offers: [
    offer('apply', { key: KEYS.apply, primary: true }),
    offer('reissue', { refusal: words.NEVER_HAD }),
    offer('report_loss', { key: KEYS.report_loss, refusal: words.NOT_LIVE }),
    offer('reprint', { key: KEYS.reprint, refusal: words.NOT_LIVE }),
  ],
}

/** Adult of 18 to 59 without a certificate, who may not hold a code. */
export const ADULT: Person = {
  citizen: {
    name: '迪丽努尔·阿卜杜热合曼',
    masked_name: '迪***·*****',
    masked_number: '310***********2328',
    sex: 'female',
    age: 36,
    portrait: portrait('#7a3b52', '#2b2320'),
    portrait_from: 'chip',
    card: 'social_security',
    chip_name: null,
    name_hints: [words.NAME_MAY_BE_CUT],
    card_valid_through: '2025-03-01',
    card_long_term: false,
    card_expired: true,
    relatives: [],
  },
  eligibility: {
    answer: { answer: 'not_eligible', shortfall: 'no_certificate' },
    zh: '18 至 59 周岁须为上海户籍并持有有效残疾人证；未查到残疾人证。',
    en: 'Aged 18 to 59: needs Shanghai household registration and a valid disability certificate. None is on record.',
  },
  timeline: [],
  offers: [
    offer('apply', { key: KEYS.apply, refusal: words.failure('not_eligible') }),
    offer('report_loss', { key: KEYS.report_loss, refusal: words.NOT_LIVE }),
  ],
}
