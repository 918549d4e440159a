// The audit trail over a desk in memory.

import { expect, it, vi } from 'vitest'

import { openPage } from '@/testing/page'

it('asks for the events whose words were typed', async () => {
  const page = await openPage('auditor', '/audit')
  const asked = () => page.desk.calls.filter((call) => call.command === 'audit').at(-1)?.args
  await page.type('audit-text', '挂失')
  await vi.waitFor(() => expect(asked()).toMatchObject({ page: { text: '挂失' }, events: ['report_loss'] }))
  await page.type('audit-text', '1001')
  await vi.waitFor(() => expect(asked()).toMatchObject({ page: { text: '1001' }, events: [] }))
})
