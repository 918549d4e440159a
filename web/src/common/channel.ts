// What the centre says to portal and kiosk. A test compares it with `central/openapi.json`.

export const ACTIONS = ['apply', 'reapply', 'reissue', 'report_loss', 'reprint', 'replace', 'void'] as const

export type Action = (typeof ACTIONS)[number]

export const STANDINGS = ['live', 'expired', 'lost', 'superseded', 'voided'] as const

export type Standing = (typeof STANDINGS)[number]

export const FIELDS = ['name', 'photo'] as const

export type Field = (typeof FIELDS)[number]

export const DISMISSALS = ['registered_rightly', 'police_matter', 'not_the_holder', 'duplicate', 'taken_back'] as const

export type Dismissal = (typeof DISMISSALS)[number]

/** The live code of a holder, or the last one. */
export interface ChannelCode {
  serial: string
  issued_at: number
  valid_through: string
  standing: Standing
  copies: number
}

/** What may be done now; `refusal` is a code, and its sentence stands in `generated.ts`. */
export interface Offer {
  action: Action
  refusal: string | null
}

/** A report that name or photo is wrong, and what became of it. */
export interface ChannelReport {
  id: string
  field: Field
  filed_at: number
  open: boolean
  dismissed: Dismissal | null
}

/** A relative whose code may be handled. */
export interface ChannelRelative {
  citizen_ref: string
  masked_name: string
  relation: string
}

/** The holder, for them to confirm (L8). */
export interface ChannelView {
  name: string
  masked_number: string
  has_photo: boolean
  code: ChannelCode | null
  offers: Offer[]
  reports: ChannelReport[]
  relatives: ChannelRelative[]
}
