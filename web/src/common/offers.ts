// The centre's offers, as a citizen sees them.

import type { Action, ChannelView } from './channel'

/** Refusals that only say that another action is the fitting one. */
const ANOTHER_FITS = ['has_had_a_code', 'never_had_a_code', 'reissue_instead', 'reapply_instead', 'code_not_live']

/** Actions of portal and kiosk, in the order in which they are shown. */
const ORDER: Action[] = ['apply', 'reapply', 'reprint', 'report_loss', 'reissue']

/** A reason, with the actions that it stands in the way of. */
export interface Reason {
  code: string
  actions: Action[]
}

/** Returns what may be done now. */
export function allowed(view: ChannelView): Action[] {
  return ORDER.filter((action) => view.offers.some((offer) => offer.action === action && !offer.refusal))
}

/** Returns why the rest may not be done, each reason once. */
export function reasons(view: ChannelView): Reason[] {
  const found: Reason[] = []
  for (const action of ORDER) {
    const code = view.offers.find((offer) => offer.action === action)?.refusal
    if (!code || ANOTHER_FITS.includes(code)) continue
    const same = found.find((reason) => reason.code === code)
    if (same) same.actions.push(action)
    else found.push({ code, actions: [action] })
  }
  return found
}

/** Returns the sentence for a refusal from a table with one for every other. */
export function sentence(table: Record<string, string>, code: string): string {
  return table[code] ?? table['any_other'] ?? code
}
