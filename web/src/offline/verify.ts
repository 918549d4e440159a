// This phone's own answer: signature, key, dates and revocation, as `rules::payload` checks them.

import type { VerifyAnswer } from '@/centre/wire'
import { now, settings, type Trust } from '@/settings'
import { day } from '@/time'
import { blank, type Shown, type State } from '@/verify/shown'
import { hex } from './bytes'
import { trustedLists, type DeskKey, type Lists } from './lists'
import { isSigned } from './signature'
import { read, type Symbol } from './symbol'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** As `rules::policy::CLOCK_TOLERANCE_MS`. */
const CLOCK_TOLERANCE_MS = 5 * MINUTE_MS
/** Lists older than this are no ground to let anybody in. */
const OLDEST_MS = DAY_MS

/** Answers a symbol without the centre. */
export async function verifyOffline(text: string, watermark: string): Promise<Shown> {
  const said = (state: State): Shown => blank(state, watermark)
  const symbol = read(text)
  if (typeof symbol === 'string') return said({ of: 'code', answer: symbol })
  const { trust } = settings
  if (!trust) return said({ of: 'trouble', trouble: 'noTrust' })
  if (symbol.class !== trust.class) return said({ of: 'code', answer: 'other_class' })
  const lists = await trustedLists()
  if (!lists) return said({ of: 'trouble', trouble: 'noLists' })
  const at = now()
  if (at < lists.checkedAt - CLOCK_TOLERANCE_MS) return said({ of: 'trouble', trouble: 'clock' })
  const fault = faultOf(symbol, lists, trust, at)
  if (fault) return said({ of: 'code', answer: fault })
  return {
    ...said({ of: 'offline', finding: findingOf(symbol, lists, at) }),
    maskedName: symbol.maskedName,
    maskedNumber: symbol.maskedNumber,
    issuedAt: symbol.issuedAt,
    // The end is 24:00 of the last day.
    validThrough: day(symbol.expiresAt - 1),
    asOf: lists.checkedAt,
  }
}

/** Returns why the symbol is not accepted; `null` if it is well signed and in date (B2). */
export function faultOf(symbol: Symbol, lists: Lists, trust: Trust, at: number): VerifyAnswer | null {
  const key = lists.keys.get(symbol.keyId)
  if (!key || key.class !== trust.class || !isSigned(symbol.signed, symbol.signature, key.public_key)) {
    return 'wrong_signature'
  }
  if (symbol.issuer !== trust.issuer) return 'foreign'
  if (!wasValid(key, symbol.issuedAt)) return 'wrong_signature'
  if (symbol.issuedAt > at + CLOCK_TOLERANCE_MS) return 'not_yet_valid'
  const validity = symbol.expiresAt - symbol.issuedAt
  if (validity < 1 || validity > (trust.days + 1) * DAY_MS) return 'wrong_signature'
  return at >= symbol.expiresAt ? 'expired' : null
}

function wasValid({ not_before, not_after, retired_at }: DeskKey, at: number): boolean {
  return not_before <= at && at <= not_after && (retired_at === null || at < retired_at)
}

function findingOf(symbol: Symbol, lists: Lists, at: number): 'offline' | 'revoked' | 'old' {
  const since = lists.keys.get(symbol.keyId)?.compromised_since ?? null
  const isDoubtful = since !== null && symbol.issuedAt >= since
  if (isDoubtful || lists.isRevoked(symbol.serial, hex(symbol.serial))) return 'revoked'
  return at - lists.checkedAt > OLDEST_MS ? 'old' : 'offline'
}
