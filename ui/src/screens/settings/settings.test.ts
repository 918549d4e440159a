// Settings over a desk in memory.

import { expect, it } from 'vitest'

import type { SettingsView } from '@/bindings'
import { openPage } from '@/testing/page'

it('takes serial readers in one line and shows centre and offline limit read-only', async () => {
  const page = await openPage('system_admin', '/settings')
  const value = (testid: string): string => (page.find(testid) as HTMLInputElement).value
  for (const shown of ['settings-centre_url', 'settings-offline_limit_hours']) {
    expect((page.find(shown) as HTMLInputElement).readOnly, shown).toBe(true)
    expect(value(shown), shown).not.toBe('')
  }
  await page.type('settings-serial_readers', '/dev/ttyUSB0 /dev/ttyS1')
  expect(page.shows('settings-saved')).toBe(false)
  await page.press('F9')
  expect(page.shows('settings-saved')).toBe(true)
  const saved = page.desk.calls.find((call) => call.command === 'save_settings')?.args as { input: SettingsView }
  expect(saved.input.serial_readers).toEqual(['/dev/ttyUSB0', '/dev/ttyS1'])
})

it('lists the devices found, takes another one by name, and tests what is saved', async () => {
  const page = await openPage('system_admin', '/settings')
  const saved = () => (page.desk.calls.filter((call) => call.command === 'save_settings').at(-1)?.args as { input: SettingsView }).input
  const test = page.find('settings-test-card_reader') as HTMLButtonElement
  expect((page.find('settings-card_reader-auto') as HTMLInputElement).checked).toBe(true)
  await page.click('settings-card_reader-Virtual PCD 00 01')
  expect(test.disabled, 'not what is saved').toBe(true)
  expect(page.shows('settings-save-first')).toBe(true)
  await page.press('F9')
  expect(saved().card_reader).toBe('Virtual PCD 00 01')
  await page.click('settings-test-card_reader')
  expect(page.shows('settings-tested-card_reader')).toBe(true)
  await page.click('settings-camera-other')
  await page.type('settings-camera-text', '/dev/video2')
  await page.press('F9')
  expect(saved().camera).toBe('/dev/video2')
})

it('switches the citizen window, which opens when the program starts next', async () => {
  const page = await openPage('system_admin', '/settings')
  const before = (page.find('settings-citizen_window') as HTMLInputElement).checked
  await page.click('settings-citizen_window')
  await page.press('F9')
  const saved = page.desk.calls.find((call) => call.command === 'save_settings')?.args as { input: SettingsView }
  expect(saved.input.citizen_window).toBe(!before)
})

it('shows what the centre decides, and does not let it be changed', async () => {
  const page = await openPage('system_admin', '/settings')
  const receipt = page.find('settings-receipt_layout') as HTMLSelectElement
  expect([receipt.disabled, receipt.value]).toEqual([true, 'a5'])
  expect(receipt.labels[0]?.textContent).toContain('由中心设定')
  for (const own of ['settings-sheet_layout', 'settings-lock_minutes', 'settings-signature']) {
    expect((page.find(own) as HTMLInputElement).disabled, own).toBe(false)
  }
})
