// The signed lists of keys and of revoked codes. Only what the trusted key signed is kept or used.

import { reactive } from 'vue'

import { now, settings, type Trust } from '@/settings'
import { open as openFilter, type Filter } from './filter'
import { isOfRoot, isTrusted, keyId, type Issued, type RevokedIssuers, type Signed, type Versioned } from './trust'

export interface DeskKey {
  public_key: string
  class: string
  not_before: number
  not_after: number
  retired_at: number | null
  compromised_since: number | null
}

type KeyList = Versioned & { desks: DeskKey[] }
type KeyListDelta = KeyList & { since: number }
type RevocationFilter = Versioned & { bytes: string }
type RevocationDelta = Versioned & { since: number; revoked: string[] }

/** The lists as the centre sent them. */
interface Held {
  keys: Issued<KeyList> | null
  keysDelta: Issued<KeyListDelta> | null
  filter: Issued<RevocationFilter> | null
  filterDelta: Issued<RevocationDelta> | null
  /** Issuing keys that the root took back. */
  revoked: Signed<RevokedIssuers> | null
  /** When they were last compared with the centre. */
  checkedAt: number
}

/** Lists that are verified and ready for look-ups. */
export interface Lists {
  keys: Map<string, DeskKey>
  isRevoked: (serial: Uint8Array, inHex: string) => boolean
  checkedAt: number
}

export const listsState = reactive<{ is: 'none' | 'missing' | 'fetching' | 'fresh' | 'wrong'; checkedAt: number }>({
  is: 'none',
  checkedAt: 0,
})

const NOTHING: Held = { keys: null, keysDelta: null, filter: null, filterDelta: null, revoked: null, checkedAt: 0 }
const CACHE = 'lists'
const PLACE = './held-lists.json'

/** A list that the trusted key did not sign, or an older one than is held: somebody plays tricks. */
class Untrusted extends Error {}

/** Returns the list if it may replace the one that is held. */
function checked<T extends Versioned>(list: Issued<T>, held: Issued<T> | null, trust: Trust, revoked: Held['revoked']): Issued<T> {
  const isOlder = held !== null && list.value.version < held.value.version
  if (isOlder || !isTrusted(list, trust, revoked?.value ?? null)) throw new Untrusted()
  return list
}

/** Fetches JSON; `null` if the centre has no such list. */
async function get<T>(path: string): Promise<T | null> {
  const response = await fetch(`../v1/${path}`, { cache: 'no-store', credentials: 'omit', redirect: 'error' })
  if (response.status === 404) return null
  if (!response.ok) throw new Error('away')
  return (await response.json()) as T
}

/** Fetches which issuing keys the root took back; a centre may have none. */
async function newestRevoked(held: Held, trust: Trust): Promise<Held['revoked']> {
  const found = (await get<{ revoked: Held['revoked'] }>('trust-anchors'))?.revoked ?? null
  if (!found) return held.revoked
  if (found.value.class !== trust.class || !isOfRoot(found, trust)) throw new Untrusted()
  return held.revoked && held.revoked.value.version > found.value.version ? held.revoked : found
}

async function newest(held: Held, trust: Trust): Promise<Held> {
  let { keys, keysDelta, filter, filterDelta } = held
  const revoked = await newestRevoked(held, trust)
  const newKeys = keys ? await get<Issued<KeyListDelta>>(`keys/delta?since=${keys.value.version}`) : null
  if (newKeys) {
    keysDelta = checked(newKeys, keysDelta, trust, revoked)
  } else {
    const whole = await get<{ keys: Issued<KeyList> }>('keys')
    if (!whole) throw new Error('away')
    keys = checked(whole.keys, keys, trust, revoked)
    keysDelta = null
  }
  const since = (list: Issued<RevocationFilter>): Promise<Issued<RevocationDelta> | null> =>
    get(`revocations/delta?since=${list.value.version}`)
  let newDelta = filter ? await since(filter) : null
  if (!newDelta) {
    const whole = await get<Issued<RevocationFilter>>('revocations')
    if (!whole) throw new Error('away')
    filter = checked(whole, filter, trust, revoked)
    newDelta = await since(filter)
  }
  filterDelta = newDelta ? checked(newDelta, filterDelta, trust, revoked) : null
  return { keys, keysDelta, filter, filterDelta, revoked, checkedAt: now() }
}

function opened({ keys, keysDelta, filter, filterDelta, checkedAt }: Held): Lists | null {
  const held: Filter | null = filter ? openFilter(filter.value.bytes) : null
  if (!keys || !held) return null
  const desks = keysDelta?.value.since === keys.value.version ? [...keys.value.desks, ...keysDelta.value.desks] : keys.value.desks
  const later = filterDelta && filterDelta.value.since === filter?.value.version ? filterDelta.value.revoked : []
  const revoked = new Set(later)
  return {
    // A changed key comes later in the list and takes the place of the former.
    keys: new Map(desks.map((desk) => [keyId(desk.public_key), desk])),
    isRevoked: (serial, inHex) => held(serial) || revoked.has(inHex),
    checkedAt,
  }
}

let memory: { root: string; held: Held; lists: Lists | null } | null = null

function remember(trust: Trust, held: Held): void {
  memory = { root: trust.root, held, lists: opened(held) }
  listsState.checkedAt = held.checkedAt
  listsState.is = memory.lists ? 'fresh' : 'missing'
}

/** Reads what is kept on this phone, and drops it unless the trusted key signed all of it. */
async function load(trust: Trust): Promise<Held> {
  if (memory?.root === trust.root) return memory.held
  let held = NOTHING
  try {
    const kept = await (await caches.open(CACHE)).match(PLACE)
    const read = kept ? ({ ...NOTHING, ...(await kept.json()) } as Held) : NOTHING
    const parts = [read.keys, read.keysDelta, read.filter, read.filterDelta].filter((part) => part !== null)
    const { revoked } = read
    const isWhole = parts.every((part) => isTrusted(part, trust, revoked?.value ?? null))
    if (isWhole && (revoked === null || isOfRoot(revoked, trust))) held = read
  } catch {
    // Without a place to keep them, lists last as long as the page.
  }
  remember(trust, held)
  return held
}

/** Returns the lists; `null` if there are none that the trusted key signed. */
export async function trustedLists(): Promise<Lists | null> {
  if (!settings.trust) return null
  await load(settings.trust)
  return memory?.lists ?? null
}

/** Fetches the newest lists. Without a connection those of before stay in use. */
export async function updateLists(): Promise<void> {
  const { trust } = settings
  listsState.is = 'none'
  if (!trust) return
  const held = await load(trust)
  const before = listsState.is
  listsState.is = 'fetching'
  try {
    const fetched = await newest(held, trust)
    remember(trust, fetched)
    const cache = await caches.open(CACHE)
    await cache.put(PLACE, new Response(JSON.stringify(fetched), { headers: { 'content-type': 'application/json' } }))
  } catch (error) {
    if (error instanceof Untrusted) listsState.is = 'wrong'
    else if (listsState.is === 'fetching') listsState.is = before
  }
}
