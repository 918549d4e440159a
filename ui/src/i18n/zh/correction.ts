import type { EvidenceKind, Reason, Rejection } from '@/bindings'

export const correction = {
  reason: {
    N1: '生僻字',
    N2: '间隔号或写法不同',
    N3: '长姓名被截断',
    N4: '依法改名（曾用名）',
    N5: '登记录入错误',
    P1: '照片是他人',
    P2: '照片模糊、镜像或裁切不当',
    P3: '照片过时、儿童已长大',
    P4: '身份证过期、照片陈旧',
  } satisfies Record<Reason, string>,
  rejection: {
    E1: '材料缺失',
    E2: '材料无法辨认',
    E3: '与来源不一致',
    E4: '证件过期或无效',
    E5: '非本人或监护人',
    E6: '须到公安户籍部门办理',
    E7: '涉嫌冒用',
    E8: '重复申请',
  } satisfies Record<Rejection, string>,
  evidence: {
    chip_read: '芯片读取记录',
    chip_photo: '芯片照片',
    live_photo: '现场照片',
    card_scan: '身份证扫描件',
    new_card_scan: '新身份证扫描件',
    household_book: '户口簿',
    household_book_change_page: '户口簿变更页',
    birth_certificate: '出生医学证明',
    guardian_consent: '监护人同意书',
  } satisfies Record<EvidenceKind, string>,
}
