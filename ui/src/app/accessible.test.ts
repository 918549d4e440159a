// Runs axe over every screen in both languages. Colours and sizes need a real engine;
// tests/e2e runs axe there.

import axe from 'axe-core'
import { describe, expect, it } from 'vitest'

import type { Role } from '@/bindings'
import type { Language } from '@/i18n'
import { ADULT, CHILD, SENIOR } from '@/testing/fake/people'
import type { FakeDesk } from '@/testing/fake/desk'
import { FakePractice } from '@/testing/fake/practice'
import { CENTRE_UNREACHABLE } from '@/testing/fake/words'
import { openPage } from '@/testing/page'

interface Screen {
  name: string
  role: Role | null
  path: string
  prepare?: (desk: FakeDesk) => unknown
}

const confirming = (desk: FakeDesk): void => {
  desk.layCard(CHILD)
  desk.handle('begin', { action: 'apply', serial: null })
}
const SCREENS: Screen[] = [
  { name: 'login', role: null, path: '/window' },
  { name: 'waiting', role: 'clerk', path: '/window' },
  { name: 'citizen', role: 'clerk', path: '/window', prepare: (desk) => desk.layCard(SENIOR) },
  { name: 'refused citizen', role: 'clerk', path: '/window', prepare: (desk) => desk.layCard(ADULT) },
  { name: 'confirm', role: 'clerk', path: '/window', prepare: confirming },
  {
    name: 'done',
    role: 'clerk',
    path: '/window',
    prepare: (desk) => {
      confirming(desk)
      desk.handle('confirm', { input: { confirmed_by_holder: true } })
      desk.handle('print', { paper: 'sheet' })
    },
  },
  { name: 'practice accounts', role: null, path: '/window', prepare: (desk) => (desk.practice = new FakePractice()) },
  { name: 'practice', role: 'clerk', path: '/window', prepare: (desk) => (desk.practice = new FakePractice()) },
  { name: 'cases', role: 'clerk', path: '/cases' },
  { name: 'collective', role: 'clerk', path: '/collective' },
  { name: 'collective agent', role: 'clerk', path: '/collective', prepare: (desk) => {
      desk.layCard(SENIOR)
      desk.handle('take_institution_agent', null)
    } },
  {
    name: 'collective job',
    role: 'clerk',
    path: '/collective',
    prepare: (desk) => desk.handle('begin_job', { institution: 'home', file: null }),
  },
  { name: 'visits', role: 'clerk', path: '/visits' },
  { name: 'visit list', role: 'clerk', path: '/visits', prepare: (desk) => desk.handle('add_to_visit', { input: { by: 'number', number: '310101195103081427' } }) },
  {
    name: 'visit kit',
    role: 'clerk',
    path: '/visits',
    prepare: (desk) => {
      desk.handle('add_to_visit', { input: { by: 'roster', institution: 'home' } })
      desk.handle('take_kit', { sheets: 12 })
    },
  },
  { name: 'corrections', role: 'clerk', path: '/corrections' },
  { name: 'correction', role: 'clerk', path: '/corrections/a-name' },
  { name: 'approvals', role: 'supervisor', path: '/approvals' },
  { name: 'approval of a name', role: 'supervisor', path: '/approvals/a-name' },
  { name: 'approval of a photo', role: 'supervisor', path: '/approvals/a-photo' },
  { name: 'queue', role: 'supervisor', path: '/queue' },
  { name: 'conflicts', role: 'supervisor', path: '/conflicts' },
  { name: 'verify', role: 'clerk', path: '/verify' },
  { name: 'journal', role: 'clerk', path: '/journal' },
  { name: 'board', role: 'supervisor', path: '/board' },
  {
    name: 'board of an hour ago',
    role: 'supervisor',
    path: '/board',
    prepare: (desk) => {
      const known = desk.handle('board', null) as object
      desk.instead.set('board', () => ({ ...known, not_newer: CENTRE_UNREACHABLE }))
    },
  },
  { name: 'figures of a day', role: 'supervisor', path: '/board/figures' },
  { name: 'figures of a month', role: 'supervisor', path: '/board/figures?span=month' },
  { name: 'cases behind a figure', role: 'supervisor', path: `/board/cases?from=2026-11-23&through=2026-11-23&outcome=refused&key=${encodeURIComponent('{"by":"all"}')}` },
  { name: 'devices', role: 'clerk', path: '/devices' },
  { name: 'settings', role: 'system_admin', path: '/settings' },
  { name: 'accounts', role: 'security_admin', path: '/accounts' },
  { name: 'audit', role: 'auditor', path: '/audit' },
]
const LANGUAGES: Language[] = ['zh-CN', 'en']

describe.each(LANGUAGES)('in %s', (language) => {
  it.each(SCREENS)('$name breaks no accessibility rule', async ({ role, path, prepare }) => {
    const page = await openPage(role, path, prepare, language)
    expect(document.querySelector('h1')?.textContent?.trim()).not.toBe('')
    const result = await axe.run(page.wrapper.element as HTMLElement, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      rules: { 'color-contrast': { enabled: false } },
    })
    expect(result.violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
    expect(document.body.textContent).not.toMatch(/\b(window|confirm|status|column|queue|correction|board\w*|figure\w*|collective|visits|practice\w*)\.[a-z]/)
  })
})
