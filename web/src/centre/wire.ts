// Messages of the centre that the page uses. A test compares them with `central/openapi.json`.

export const ANSWERS = [
  'valid',
  'provisional',
  'unknown',
  'expired',
  'lost',
  'superseded',
  'voided',
  'foreign',
  'damaged',
  'wrong_signature',
  'not_yet_valid',
  'other_class',
] as const

export type VerifyAnswer = (typeof ANSWERS)[number]

export const HEALTH_STATES = ['green', 'yellow', 'red'] as const

export type HealthState = (typeof HEALTH_STATES)[number]

export const TEST_OUTCOMES = ['negative', 'positive', 'pending'] as const

export type TestOutcome = (typeof TEST_OUTCOMES)[number]

/** The latest nucleic-acid test. */
export interface TestReport {
  outcome: TestOutcome
  sampled_at: number
}

/** What the provider of health state said (M6). */
export type HealthAnswer =
  | { said: 'not_asked' | 'no_provider' | 'unavailable' | 'implausible' | 'no_record' }
  | { said: 'known'; state: HealthState; as_of: number; latest_test: TestReport | null }

/** Body of `POST /v1/verify`. */
export interface VerifyRequest {
  payload: string
  scanner: string
  place: string
  /** Whether a reference for a test is wanted (M7). */
  register: boolean
}

/** Answer of `POST /v1/verify`. */
export interface VerifyResponse {
  answer: VerifyAnswer
  masked_name: string | null
  masked_number: string | null
  issued_at: number | null
  valid_through: string | null
  health: HealthAnswer
  registration_reference: string | null
  watermark: string
  server_time: number
}
