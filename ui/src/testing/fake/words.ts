// Failures of the desk in memory, in the words of the program, for tests and the development page.

import type { Failure, FormField } from '@/bindings'
import { CATALOGUE } from './catalogue'

/** Makes a failure of the program, with the arguments of its sentence. */
export function failure(code: keyof typeof CATALOGUE, field: FormField | null = null, values: Record<string, { zh: string; en: string }> = {}): Failure {
  const fill = (text: string, language: 'zh' | 'en') => text.replace(/\{(\w+)\}/g, (_, name: string) => values[name]?.[language] ?? `{${name}}`)
  return { code, zh: fill(CATALOGUE[code].zh, 'zh'), en: fill(CATALOGUE[code].en, 'en'), field }
}

const same = (text: string) => ({ zh: text, en: text })

export const NUMBER_CHECK_DIGIT = failure('number_check_digit', 'document_number')
export const DOCUMENT_NOT_SCANNED = failure('document_not_scanned', 'document_pages')
export const LOGIN_FAILED = failure('login_failed')
export const PASSWORD_TOO_SHORT = failure('password_too_short')
export const SECOND_NEEDED = failure('second_administrator_needed', 'second_administrator')
export const ROLE_WRONG = failure('staff_role_wrong')
export const ACTIVATION_WRONG = failure('activation_code_wrong', 'activation_code')
export const SECOND_FACTOR_WRONG = failure('second_factor_wrong', 'second_factor')
export const NOT_CONFIRMED = failure('not_confirmed_by_holder')
export const NEVER_HAD = failure('never_had_a_code')
export const ALREADY_TODAY = failure('already_issued_today')
export const NO_CORRECTION = failure('no_approved_correction')
export const NOT_PERMITTED = failure('not_permitted')
export const NOT_LIVE = failure('code_not_live')
export const HAS_HAD = failure('has_had_a_code')
export const MADE_BY_SELF = failure('same_person')
export const EVIDENCE_MISSING = failure('evidence_missing', 'evidence')
export const NAME_NOT_CHANGED = failure('nothing_changed', 'name')
export const REASON_MISSING = failure('reason_missing', 'reason')
export const PAPER_OUT = failure('printer_paper_out')
export const IMPORT_FENCED = failure('import_fenced', null, { device: same('10004'), first: same('12'), last: same('40') })
export const CASE_UNKNOWN = failure('case_unknown', 'case_number')
export const NAME_MAY_BE_CUT = failure('name_may_be_cut')
export const NAME_DIFFERS = failure('name_differs')
export const CENTRE_UNREACHABLE = failure('centre_unreachable')
export const CERTIFICATE_ENDS = failure('certificate_ends', null, { day: { zh: '2026年12月20日', en: '2026-12-20' } })
export const PROGRAM_ENDS = failure('program_ends', null, { day: { zh: '2026年12月15日', en: '2026-12-15' }, version: same('1.4.0') })
export const SUPERSEDED_ELSEWHERE = failure('duplicate_same_day')
