// Places of the rail, each with the duty that opens it. Rust checks the duty again at every call.

import {
  ChartColumn,
  ClipboardList,
  FileCheck,
  FilePen,
  GitCompareArrows,
  House,
  IdCard,
  PauseCircle,
  PhoneOutgoing,
  Printer,
  RefreshCw,
  ScanLine,
  ScrollText,
  Settings,
  Users,
  UsersRound,
} from '@lucide/vue'
import type { Component } from 'vue'

import type { Duty, StatusView } from '@/bindings'

export type PlaceName =
  | 'window'
  | 'cases'
  | 'collective'
  | 'visits'
  | 'corrections'
  | 'approvals'
  | 'queue'
  | 'calls'
  | 'conflicts'
  | 'verify'
  | 'journal'
  | 'board'
  | 'devices'
  | 'settings'
  | 'accounts'
  | 'audit'

export interface Place {
  name: PlaceName
  duty: Duty
  icon: Component
  /** Number of things that wait there. */
  waiting?: (status: StatusView) => number
}

export const PLACES: readonly Place[] = [
  { name: 'window', duty: 'serve', icon: IdCard },
  { name: 'cases', duty: 'serve', icon: PauseCircle },
  { name: 'collective', duty: 'serve', icon: UsersRound },
  { name: 'visits', duty: 'serve', icon: House },
  { name: 'corrections', duty: 'correct', icon: FilePen, waiting: (status) => status.queue.escalations },
  { name: 'approvals', duty: 'approve', icon: FileCheck, waiting: (status) => status.queue.approvals },
  { name: 'queue', duty: 'view_queue', icon: RefreshCw, waiting: (status) => status.queue.waiting },
  { name: 'calls', duty: 'serve', icon: PhoneOutgoing, waiting: (status) => status.queue.calls },
  {
    name: 'conflicts',
    duty: 'resolve_conflicts',
    icon: GitCompareArrows,
    waiting: (status) => status.queue.conflicts,
  },
  { name: 'verify', duty: 'verify', icon: ScanLine },
  { name: 'journal', duty: 'journal', icon: ClipboardList },
  { name: 'board', duty: 'board', icon: ChartColumn },
  { name: 'devices', duty: 'check_devices', icon: Printer },
  { name: 'settings', duty: 'configure', icon: Settings },
  { name: 'accounts', duty: 'manage_accounts', icon: Users },
  { name: 'audit', duty: 'audit', icon: ScrollText },
]

/** Returns the places that these duties open. */
export function placesFor(duties: readonly Duty[]): Place[] {
  return PLACES.filter((place) => duties.includes(place.duty))
}
