// The queue over a desk in memory.

import { expect, it } from 'vitest'

import { IMPORT_FENCED } from '@/testing/fake/words'
import { openPage } from '@/testing/page'

it('shows why the centre refused an imported batch, and what to do', async () => {
  await openPage('supervisor', '/queue')
  const told = [...document.querySelectorAll<HTMLElement>('[data-testid="failure"]')]
  expect(told.map((one) => one.dataset['code'])).toEqual([IMPORT_FENCED.code])
  expect(told[0]?.textContent).toContain(IMPORT_FENCED.zh)
})
