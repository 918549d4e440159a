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
