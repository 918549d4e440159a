// Where the page can be. Hash history: everything is served from one file of the program.

import type { Component } from 'vue'
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'

import type { Duty } from '@/bindings'
import { useStatus } from '@/stores/status'
import { PLACES, placesFor, type PlaceName } from './places'

declare module 'vue-router' {
  interface RouteMeta {
    /** Opens the screen. */
    duty: Duty
    /** The place it belongs to; its help and its entry on the rail. */
    place: PlaceName
  }
}

type Screen = () => Promise<Component>

const SCREENS: Partial<Record<PlaceName, Screen>> = {
  window: () => import('@/screens/window/WindowScreen.vue'),
}

const routes: RouteRecordRaw[] = PLACES.filter((place) => place.name in SCREENS).map((place) => ({
  path: `/${place.name}`,
  name: place.name,
  component: SCREENS[place.name] as Screen,
  meta: { place: place.name, duty: place.duty },
}))

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [...routes, { path: '/:rest(.*)*', redirect: '/window' }],
})

/** Where this person starts. */
export function firstPlace(): { name: PlaceName } {
  return { name: placesFor(useStatus().operator?.duties ?? [])[0]?.name ?? 'window' }
}

router.beforeEach((to) => {
  const status = useStatus()
  if (status.operator === null || status.can(to.meta.duty)) return true
  const first = firstPlace()
  return first.name === to.name ? true : first
})
