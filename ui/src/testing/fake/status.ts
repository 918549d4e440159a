// Status views, for tests and the development page.

import type { Duty, OperatorView, Role, StatusView } from '@/bindings'

const CLERK_DUTIES: Duty[] = ['serve', 'unmask', 'correct', 'verify', 'journal', 'view_queue', 'check_devices']

/** Duties of each role, as in `rules`. */
export const DUTIES: Record<Role, Duty[]> = {
  clerk: CLERK_DUTIES,
  supervisor: [...CLERK_DUTIES, 'approve', 'void', 'transfer_queue', 'resolve_conflicts', 'board'],
  system_admin: ['view_queue', 'check_devices', 'configure'],
  security_admin: ['view_queue', 'manage_accounts'],
  auditor: ['view_queue', 'audit'],
}

const NAMES: Record<Role, [string, string]> = {
  clerk: ['310115', '陈敏'],
  supervisor: ['310102', '周国强'],
  system_admin: ['310901', '许工'],
  security_admin: ['310902', '钱安'],
  auditor: ['310903', '陆远'],
}

export function operator(role: Role): OperatorView {
  const [staff, name] = NAMES[role]
  return { staff, name, roles: [role], duties: DUTIES[role], offline_until: '2026-11-26T08:30:00+08:00', session_ended: false, second_factor: false }
}

export function status(role: Role | null, more: Partial<StatusView> = {}): StatusView {
  return {
    revision: 0,
    desk: {
      site_name: '浦东新区市民中心',
      site: '310115',
      desk_number: 3,
      device: 10_003,
      class: 'practice',
      protection: 'tpm',
    },
    operator: role === null ? null : operator(role),
    locked: false,
    line: { state: 'online', since: '2026-11-23T08:30:00+08:00', last_contact: '2026-11-23T14:58:12+08:00', reason: null },
    queue: { waiting: 3, oldest_seconds: 252, conflicts: 1, approvals: 4, escalations: 2, calls: 1 },
    devices: [
      { kind: 'card_reader', name: 'Virtual PCD 00 00', state: 'ready', trouble: null },
      { kind: 'printer', name: 'ipp://localhost/print', state: 'ready', trouble: null },
      { kind: 'camera', name: '', state: 'not_configured', trouble: null },
      { kind: 'scanner', name: '', state: 'not_configured', trouble: null },
    ],
    clock: null,
    issuing_blocked: null,
    certificate_ends: null,
    program_ends: null,
    centre_rewritten: null,
    kit: null,
    lock_minutes: 10,
    now: '2026-11-23T15:00:00+08:00',
    ...more,
  }
}
