// Routes of the page. It uses hash history, because the program serves one HTML file.

import type { Component } from 'vue'
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'

import type { Duty } from '@/bindings'
import { useStatus } from '@/stores/status'
import { PLACES, placesFor, type PlaceName } from './places'

declare module 'vue-router' {
  interface RouteMeta {
    /** Duty that opens the screen. */
    duty: Duty
    /** Place it belongs to, which decides its help and its entry on the rail. */
    place: PlaceName
  }
}

type Screen = () => Promise<Component>

const SCREENS: Record<PlaceName, Screen> = {
  window: () => import('@/screens/window/WindowScreen.vue'),
  cases: () => import('@/screens/cases/CasesScreen.vue'),
  collective: () => import('@/screens/collective/CollectiveScreen.vue'),
  visits: () => import('@/screens/visits/VisitsScreen.vue'),
  corrections: () => import('@/screens/correction/CorrectionsScreen.vue'),
  approvals: () => import('@/screens/approvals/ApprovalsScreen.vue'),
  queue: () => import('@/screens/queue/QueueScreen.vue'),
  calls: () => import('@/screens/calls/CallsScreen.vue'),
  conflicts: () => import('@/screens/conflicts/ConflictsScreen.vue'),
  verify: () => import('@/screens/verify/VerifyScreen.vue'),
  journal: () => import('@/screens/journal/JournalScreen.vue'),
  board: () => import('@/screens/board/BoardScreen.vue'),
  devices: () => import('@/screens/devices/DevicesScreen.vue'),
  settings: () => import('@/screens/settings/SettingsScreen.vue'),
  accounts: () => import('@/screens/accounts/AccountsScreen.vue'),
  audit: () => import('@/screens/audit/AuditScreen.vue'),
}

const places: RouteRecordRaw[] = PLACES.map((place) => ({
  path: `/${place.name}`,
  name: place.name,
  component: SCREENS[place.name],
  meta: { place: place.name, duty: place.duty },
}))

const routes: RouteRecordRaw[] = [
  ...places,
  {
    path: '/corrections/:id',
    name: 'correction',
    component: () => import('@/screens/correction/CorrectionScreen.vue'),
    props: true,
    meta: { place: 'corrections', duty: 'correct' },
  },
  {
    path: '/approvals/:id',
    name: 'approval',
    component: () => import('@/screens/approvals/ApprovalScreen.vue'),
    props: true,
    meta: { place: 'approvals', duty: 'approve' },
  },
  {
    path: '/board/figures',
    name: 'figures',
    component: () => import('@/screens/board/FiguresScreen.vue'),
    meta: { place: 'board', duty: 'board' },
  },
  {
    path: '/board/cases',
    name: 'board-cases',
    component: () => import('@/screens/board/BoardCasesScreen.vue'),
    meta: { place: 'board', duty: 'board' },
  },
]

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [...routes, { path: '/:rest(.*)*', redirect: '/window' }],
})

/** Returns the first screen of this person. */
export function firstPlace(): { name: PlaceName } {
  return { name: placesFor(useStatus().operator?.duties ?? [])[0]?.name ?? 'window' }
}

router.beforeEach((to) => {
  const status = useStatus()
  if (status.operator === null || status.can(to.meta.duty)) return true
  const first = firstPlace()
  return first.name === to.name ? true : first
})
