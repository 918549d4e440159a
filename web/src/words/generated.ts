// Generated from rules/src/words.rs by UPDATE_WORDS=1 cargo test -p rules. Do not edit.

import type { HealthState, TestOutcome, VerifyAnswer } from '@/centre/wire'

export const zh = {
  answer: {
    valid: '有效',
    provisional: '待确认',
    unknown: '查无此码，不可信',
    expired: '已过期',
    lost: '已挂失',
    superseded: '已换发新码',
    voided: '已作废',
    foreign: '不是离线随申码',
    damaged: '二维码破损，无法识读',
    wrong_signature: '签名不符，不可信',
    not_yet_valid: '签发时间在将来，不可信',
    other_class: '演练码与正式码不通用',
  } satisfies Record<VerifyAnswer, string>,
  healthState: {
    green: '绿码',
    yellow: '黄码',
    red: '红码',
  } satisfies Record<HealthState, string>,
  testOutcome: {
    negative: '阴性',
    positive: '阳性',
    pending: '结果未出',
  } satisfies Record<TestOutcome, string>,
}

export const en = {
  answer: {
    valid: 'Valid',
    provisional: 'Not yet confirmed',
    unknown: 'No such code on record: do not trust',
    expired: 'Expired',
    lost: 'Lost',
    superseded: 'Replaced by a newer code',
    voided: 'Voided',
    foreign: 'Not an offline Suishen code',
    damaged: 'The symbol is damaged and cannot be read',
    wrong_signature: 'Signature is wrong: do not trust',
    not_yet_valid: 'Issued in the future: do not trust',
    other_class: 'Practice and live codes do not mix',
  } satisfies Record<VerifyAnswer, string>,
  healthState: {
    green: 'Green',
    yellow: 'Yellow',
    red: 'Red',
  } satisfies Record<HealthState, string>,
  testOutcome: {
    negative: 'Negative',
    positive: 'Positive',
    pending: 'No result yet',
  } satisfies Record<TestOutcome, string>,
}
