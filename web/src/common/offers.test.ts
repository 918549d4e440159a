import { describe, expect, it } from 'vitest'

import type { ChannelView } from './channel'
import { zh } from './generated'
import { allowed, reasons, sentence } from './offers'

const view = (offers: ChannelView['offers']): ChannelView => ({
  name: '',
  masked_number: '',
  has_photo: false,
  code: null,
  offers,
  reports: [],
  relatives: [],
})

describe('offers', () => {
  it('are shown in the order of the article, and only those of the channels', () => {
    const all = view(['void', 'report_loss', 'reprint', 'apply'].map((action) => ({ action, refusal: null }) as ChannelView['offers'][number]))
    expect(allowed(all)).toEqual(['apply', 'reprint', 'report_loss'])
  })

  it('give each reason once, with what it stands in the way of', () => {
    const refused = view([
      { action: 'apply', refusal: 'has_had_a_code' },
      { action: 'reapply', refusal: 'already_issued_today' },
      { action: 'reissue', refusal: 'already_issued_today' },
      { action: 'reprint', refusal: 'too_many_copies' },
    ])
    expect(reasons(refused)).toEqual([
      { code: 'already_issued_today', actions: ['reapply', 'reissue'] },
      { code: 'too_many_copies', actions: ['reprint'] },
    ])
  })

  it('have a sentence for every refusal', () => {
    expect(sentence(zh.refusal, 'not_eligible')).toContain('不符合申领条件')
    expect(sentence(zh.refusal, 'never_heard_of')).toBe(zh.refusal.any_other)
  })
})
