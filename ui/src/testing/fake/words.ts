// Failures with sentences like those of Rust, for tests and the development page.

import type { Failure } from '@/bindings'

/** Makes a failure with a sentence in both languages. */
export function failure(code: string, zh: string, en: string, field: string | null = null): Failure {
  return { code, zh, en, field }
}

export const LOGIN_FAILED = failure(
  'login_failed',
  '工号、密码或动态码不正确。请重新输入；连续 5 次错误将锁定 15 分钟。',
  'Staff number, password or code is wrong. Try again; five failures lock the account for 15 minutes.',
)
export const NOT_CONFIRMED = failure(
  'not_confirmed_by_holder',
  '姓名和照片尚未经本人核对，未办理。请本人核对后再办。',
  'Name and photo were not confirmed by the holder. Nothing was done. Ask the holder to check them.',
  'confirmed_by_holder',
)
export const NEVER_HAD = failure('never_had', '从未申领过离线码。', 'No code was ever issued.')
export const ALREADY_TODAY = failure(
  'already_today',
  '今天已办理过一次，明天 0 时后可再办。',
  'One was issued today already. The next is possible from midnight.',
)
export const NO_CORRECTION = failure('no_correction', '没有已生效的更正。', 'No correction has been applied.')
export const NOT_PERMITTED = failure('not_permitted', '此项须由主管办理。', 'A supervisor has to do this.')
export const NOT_LIVE = failure('code_not_live', '没有有效的离线码。', 'There is no live code.')
export const NOT_LOST = failure('first_only', '已有离线码，请办补领。', 'There is a code already: use reissue.')
export const MADE_BY_SELF = failure(
  'same_person',
  '这是您自己提交的更正，不能自己审批，未办理。请另一位主管审批。',
  'You made this correction yourself. Nothing was done. Another supervisor has to decide.',
)
export const EVIDENCE_MISSING = failure(
  'evidence_missing',
  '材料不全，未提交，已填内容都在。请补齐下列材料。',
  'Evidence is missing. Nothing was submitted and everything is saved. Add what is missing.',
  'evidence',
)
export const NAME_NOT_CHANGED = failure(
  'name_not_changed',
  '新姓名与登记姓名相同，未提交。请填写正确的姓名。',
  'The new name is the same as the registered one. Nothing was submitted. Enter the right name.',
  'name',
)
export const REASON_MISSING = failure('reason_missing', '尚未选择更正原因。', 'No reason was chosen.', 'reason')
export const PAPER_OUT = failure(
  'printer_media_empty',
  '打印机缺纸，本页未打出，任务已保留。请加纸，打印自动继续。',
  'The printer is out of paper. The page is kept. Add paper and it goes on by itself.',
)
export const CARRIED_FENCED = failure(
  'carried_fenced',
  '离线数据导入：设备 10004 第 12—40 笔业务，中心未收下。该设备后来已重新登记。业务仍保存在该窗口，联网后由它自行同步，这里无需处理。',
  'Offline import: the centre refused operations 12 to 40 of device 10004. That desk has enrolled again since. It still holds them and sends them itself once its line is back; nothing to do here.',
)
export const CASE_UNKNOWN = failure(
  'case_unknown',
  '本机没有此办件编号。请核对编号。',
  'There is no such case on this desk. Check the number.',
  'case_number',
)
export const NAME_MAY_BE_CUT = failure(
  'name_may_be_cut',
  '芯片姓名栏已写满，姓名可能被截断。请核对证面。',
  'The chip’s name field is full: the name may be cut. Look at the face of the card.',
)
export const NAME_DIFFERS = failure(
  'name_differs',
  '芯片姓名与登记姓名不同。请核对，必要时办理更正。',
  'The name on the chip differs from the registry’s. Compare, and correct it if needed.',
)
export const CENTRE_UNREACHABLE = failure(
  'centre_unreachable',
  '暂时连不上中心。已保存的业务都在本机，恢复后自动同步；可继续办理。',
  'The centre cannot be reached. Everything is saved on this desk and will be synchronised. You can go on.',
)
export const CERTIFICATE_ENDS = failure(
  'certificate_ends',
  '本机证书到2026年12月20日为止，此后不能发码。请安全管理员在此之前签发登记码，重新登记本机。',
  "This desk's certificate ends on 2026-12-20; it can issue no codes after that. Ask the security administrator for an enrolment code and enrol the desk again before then.",
)
export const SUPERSEDED_ELSEWHERE = failure(
  'newer_code_elsewhere',
  '同日已在自助终端补领，中心保留在先的一笔，本笔未生效。请联系本人说明。',
  'A kiosk reissued the code earlier that day. The centre kept the earlier one. Call the holder.',
)
