// Corrections in memory, for tests and the development page.

import type {
  CharacterView,
  CorrectionInput,
  CorrectionRowView,
  CorrectionView,
  EscalationView,
  Field,
  MeasureView,
  NameView,
  StatusView,
} from '@/bindings'
import type { Handler } from './desk'
import { portrait } from './people'
import * as words from './words'

/** What a kiosk filed, with the number on its ticket. */
export const FILED: EscalationView = {
  id: 'e-1',
  number: '1A2B-3C4D',
  masked_name: '欧阳**',
  masked_number: '310***********0017',
  field: 'name',
  channel: 'kiosk',
  at: '2026-11-20T11:02:00+08:00',
  remark: '名字里的“𠮷”打成了“吉”',
}

/** Draws an outline in font units, y down, so that glyph boxes have something to show. */
function outline(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const bar = (at: number) => `M100 ${-at}H900V${60 - at}H100Z`
  return [780, 560, 340, 120]
    .filter((_, index) => ((code >> index) & 1) === 1 || index === 0)
    .map(bar)
    .join('') + 'M470 -800H530V-40H470Z'
}

export function character(text: string): CharacterView {
  const code = text.codePointAt(0) ?? 0
  const privateUse = code >= 0xe000 && code <= 0xf8ff
  return {
    character: text,
    code_point: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`,
    glyph: privateUse ? null : { path: outline(text), width: 1000, units_per_em: 1000 },
    outside_repertoire: false,
    private_use: privateUse,
  }
}

export function nameView(text: string): NameView {
  return { text, characters: [...text].map(character) }
}

const MEASURES: MeasureView[] = [
  { measure: 'size', value: 2, at_least: 1, at_most: null, ok: true },
  { measure: 'bytes', value: 27_412, at_least: 14_336, at_most: 40_960, ok: true },
  { measure: 'sharpness', value: 182.4, at_least: 100, at_most: null, ok: true },
  { measure: 'exposure', value: 0.58, at_least: 0.35, at_most: 0.75, ok: true },
  { measure: 'contrast', value: 0.21, at_least: 0.15, at_most: null, ok: true },
  { measure: 'background', value: 31.7, at_least: null, at_most: 18, ok: false },
  { measure: 'aspect', value: 0.812, at_least: 0.8, at_most: 0.82, ok: true },
]

const BEFORE = portrait('#7a3b52', '#2b2320')
const AFTER = portrait('#40566f', '#3a2c25')

export class CorrectionCommands {
  private readonly open = new Map<string, CorrectionView>()

  constructor(private readonly status: () => StatusView) {
    this.open.set('c-1', { ...this.draft('c-1', 'photo'), state: 'applied', reason: 'P3', approver: '310102 周国强', typed: null })
    this.open.set('a-name', this.submitted('a-name', 'name'))
    this.open.set('a-photo', { ...this.submitted('a-photo', 'photo'), security_flag: true, reason: 'P1' })
  }

  private submitted(id: string, field: Field): CorrectionView {
    const draft = this.draft(id, field)
    return {
      ...draft,
      state: 'submitted',
      reason: field === 'name' ? 'N1' : 'P2',
      names: field === 'name' ? this.names('欧阳吉安', '欧阳𠮷安') : null,
      photos: field === 'photo' ? { before: BEFORE, after: AFTER, chip: AFTER, measures: MEASURES } : null,
      evidence: [
        { kind: 'chip_read', digest: `${id}-1`, page: 1, opened: false },
        { kind: 'card_scan', digest: `${id}-2`, page: 1, opened: false },
      ],
      evidence_missing: [],
      problems: [],
      typed: null,
      maker: '310115 陈敏',
      submitted_at: '2026-11-23T14:41:00+08:00',
      photo_shortfall: field === 'photo' ? '背景为窗口白墙，光线不匀' : null,
      earlier: [row('c-1', { state: 'applied', field: 'photo', reason: 'P3' })],
    }
  }

  private names(before: string, after: string): CorrectionView['names'] {
    const chip = '欧阳𠮷安'
    const [left, right] = [[...before], [...after]]
    const differences = right.flatMap((one, at) =>
      left[at] === one
        ? []
        : [{ position: at + 1, before: left[at] === undefined ? null : character(left[at]), after: character(one) }],
    )
    return {
      before: nameView(before),
      after: nameView(after),
      chip: nameView(chip),
      differences,
      chip_is_prefix: after.startsWith(chip),
      equals_chip: after === chip,
    }
  }

  private draft(id: string, field: Field): CorrectionView {
    return {
      id,
      case_number: '310115-20261123-003-505924-52',
      field,
      revision: 1,
      state: 'draft',
      rejection: null,
      documents: [],
      reason: null,
      reasons: field === 'name' ? ['N1', 'N2', 'N3', 'N4', 'N5'] : ['P1', 'P2', 'P3', 'P4'],
      masked_name: '欧阳**',
      masked_number: '310***********0017',
      names: field === 'name' ? this.names('欧阳吉安', '欧阳吉安') : null,
      photos: field === 'photo' ? { before: BEFORE, after: null, chip: AFTER, measures: [] } : null,
      evidence: [{ kind: 'chip_read', digest: `${id}-1`, page: 1, opened: false }],
      evidence_needed: field === 'name' ? [['chip_read', 'card_scan']] : [['chip_photo'], ['live_photo']],
      evidence_missing: field === 'name' ? ['card_scan'] : ['live_photo'],
      problems: [words.REASON_MISSING, words.EVIDENCE_MISSING],
      guardian_needed: true,
      guardian_recorded: false,
      guardian_bound: false,
      maker: '310115 陈敏',
      approver: null,
      device: 10_003,
      submitted_at: null,
      overdue: false,
      digest: 'd41f',
      registry_version: '2026-11-19T08:00:11+08:00',
      photo_shortfall: null,
      effect: { zh: '批准后，现有离线码可换发一次，有效期不变。', en: 'Once approved, the code may be replaced once; its validity stays.' },
      earlier: [],
      security_flag: false,
      approval_refusal: null,
      typed: { id, reason: null, name: field === 'name' ? '欧阳吉安' : null, photo: null, photo_shortfall: null, guardian: null },
    }
  }

  private get(id: string | undefined): CorrectionView {
    const view = this.open.get(id ?? '')
    if (view === undefined) throw words.CASE_UNKNOWN
    return view
  }

  private put(view: CorrectionView): CorrectionView {
    this.open.set(view.id, view)
    return view
  }

  private save(input: CorrectionInput): CorrectionView {
    const view = this.get(input.id)
    const problems = [
      ...(input.reason === null ? [words.REASON_MISSING] : []),
      ...(view.field === 'name' && input.name === view.names?.before.text ? [words.NAME_NOT_CHANGED] : []),
      ...(view.evidence_missing.length > 0 ? [words.EVIDENCE_MISSING] : []),
    ]
    return this.put({
      ...view,
      typed: input,
      reason: input.reason,
      names: view.names === null ? null : this.names(view.names.before.text, input.name ?? view.names.before.text),
      photos:
        view.photos === null ? null : { ...view.photos, after: input.photo === null ? view.photos.after : AFTER, measures: MEASURES },
      photo_shortfall: input.photo_shortfall,
      guardian_recorded: input.guardian !== null && input.guardian.name !== '',
      problems,
    })
  }

  private decide(id: string | undefined, password: string | undefined, change: Partial<CorrectionView>): CorrectionView {
    if (password !== 'practice-1234') throw words.LOGIN_FAILED
    const view = this.get(id)
    if (view.maker.startsWith(this.status().operator?.staff ?? '-')) throw words.MADE_BY_SELF
    return this.put({ ...view, ...change })
  }

  readonly commands: Record<string, Handler> = {
    escalations: () => [
      FILED,
      { id: 'e-2', number: '7C40-19E2', masked_name: '王**', masked_number: '310***********1427', field: 'photo', channel: 'portal', at: '2026-11-22T09:30:00+08:00', remark: null },
    ],
    dismiss_escalation: ({ id }: Record<string, string>) =>
      (this.commands['escalations']?.({}) as { id: string }[]).filter((one) => one.id !== id),
    corrections: ({ page }: Record<string, { offset: number; limit: number }>) => rows(page?.offset ?? 0, page?.limit ?? 100, 12),
    approvals: ({ page }: Record<string, { offset: number; limit: number }>) => rows(page?.offset ?? 0, page?.limit ?? 100, 100_000),
    open_correction: ({ field }: Record<string, string>) => this.put(this.draft(`n-${field}`, field as Field)),
    correction: ({ id }: Record<string, string>) => this.get(id),
    save_correction: ({ input }: Record<string, never>) => this.save(input as unknown as CorrectionInput),
    find_characters: ({ query }: Record<string, { by: string; text?: string }>) =>
      [...(query?.by === 'code_point' ? '𠮷' : '𠮷吉㐂𡈽龘䶮')].map(character),
    camera_frame: () => AFTER,
    take_picture: () => ({ handle: 'h-1', preview: AFTER, width: 716, height: 882 }),
    load_picture: () => ({ handle: 'h-2', preview: AFTER, width: 716, height: 882 }),
    chip_picture: () => ({ handle: 'h-3', preview: AFTER, width: 358, height: 441 }),
    crop: () => ({ photo: AFTER, digest: '5a11', measures: MEASURES }),
    add_evidence: ({ id, kind }: Record<string, string>) => {
      const view = this.get(id)
      const digest = `${view.id}-${view.evidence.length + 1}`
      return this.put({
        ...view,
        evidence: [...view.evidence, { kind: kind as never, digest, page: 1, opened: false }],
        evidence_missing: view.evidence_missing.filter((one) => one !== kind),
        problems: view.problems.filter((one) => one.code !== 'evidence_missing'),
      })
    },
    remove_evidence: ({ id, digest }: Record<string, string>) => {
      const view = this.get(id)
      return this.put({ ...view, evidence: view.evidence.filter((one) => one.digest !== digest) })
    },
    evidence: ({ id, digest }: Record<string, string>) => {
      const view = this.get(id)
      this.put({ ...view, evidence: view.evidence.map((one) => (one.digest === digest ? { ...one, opened: true } : one)) })
      return AFTER
    },
    submit_correction: ({ id }: Record<string, string>) => {
      const view = this.get(id)
      const first = view.problems[0]
      if (first !== undefined) throw first
      return this.put({ ...view, state: 'submitted', submitted_at: '2026-11-23T15:10:00+08:00' })
    },
    withdraw_correction: ({ id }: Record<string, string>) => this.put({ ...this.get(id), state: 'withdrawn', typed: null }),
    approve_correction: ({ id, password }: Record<string, string>) =>
      this.decide(id, password, { state: 'approved', approver: '310102 周国强' }),
    reject_correction: ({ id, rejection, documents, password }: Record<string, string>) =>
      this.decide(id, password, { state: 'rejected', rejection: rejection as never, documents: documents as never }),
  }
}

function row(id: string, more: Partial<CorrectionRowView> = {}): CorrectionRowView {
  return {
    id,
    case_number: '310115-20261123-003-505924-52',
    field: 'name',
    reason: 'N1',
    state: 'submitted',
    masked_name: '欧阳**',
    masked_number: '310***********0017',
    maker: '310115 陈敏',
    device: 10_003,
    at: '2026-11-23T14:41:00+08:00',
    overdue: false,
    risk: false,
    ...more,
  }
}

function rows(offset: number, limit: number, total: number): { rows: CorrectionRowView[]; total: number } {
  const count = Math.max(0, Math.min(limit, total - offset))
  const list = Array.from({ length: count }, (_, index) => {
    const at = offset + index
    const name = at % 3 !== 1
    return row(at === 0 ? 'a-photo' : at === 1 ? 'a-name' : `x-${at}`, {
      field: name && at !== 0 ? 'name' : 'photo',
      reason: at === 0 ? 'P1' : name ? 'N1' : 'P2',
      risk: at % 17 === 0,
      overdue: at < 2,
    })
  })
  return { rows: list, total }
}
