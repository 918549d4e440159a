// Pages of a long list.

import { expect, it } from 'vitest'

import { CATALOGUE } from '@/testing/fake/catalogue'
import { PAGE_ROWS, usePages } from './usePages'

/** A list whose answers come when the test gives them. */
function slowList(total: number) {
  const asked: number[] = []
  const waiting: ((ok: boolean) => void)[] = []
  let view: [number, number] = [0, 20]
  const load = (offset: number, limit: number) => {
    asked.push(offset / PAGE_ROWS)
    const rows = Array.from({ length: Math.min(limit, total - offset) }, (_, index) => offset + index)
    return new Promise<Awaited<ReturnType<Parameters<typeof usePages<number>>[0]>>>((resolve) => {
      waiting.push((ok) =>
        resolve(ok ? { status: 'ok', data: { rows, total } } : { status: 'error', error: { code: 'database_missing', ...CATALOGUE.database_missing, field: null } }),
      )
    })
  }
  const pages = usePages(load, () => view)
  const settle = () => new Promise((resolve) => setTimeout(resolve))
  return {
    pages,
    asked,
    look: (first: number) => {
      view = [first, first + 20]
      void pages.fill()
    },
    answer: async (ok = true) => {
      waiting.shift()?.(ok)
      await settle()
    },
  }
}

it('asks for one page at a time and for none that was scrolled past', async () => {
  const list = slowList(100_000)
  list.look(0)
  for (let row = 100; row <= 90_000; row += 100) list.look(row)
  expect(list.asked).toEqual([0])
  await list.answer()
  expect(list.asked).toEqual([0, 900])
  await list.answer()
  expect(list.asked).toEqual([0, 900])
  expect([list.pages.rowAt(90_010), list.pages.rowAt(50_000), list.pages.total.value]).toEqual([90_010, undefined, 100_000])
})

it('loads both pages of a view that lies between them, and no empty list twice', async () => {
  const list = slowList(300)
  list.look(95)
  await list.answer()
  await list.answer()
  expect(list.asked).toEqual([0, 1])
  const empty = slowList(0)
  empty.look(0)
  await empty.answer()
  expect([empty.asked, empty.pages.total.value]).toEqual([[0], 0])
})

it('keeps what is in view while it loads it anew, and tries again after a failure', async () => {
  const list = slowList(300)
  list.look(0)
  await list.answer()
  const again = list.pages.again()
  expect(list.pages.rowAt(5)).toBe(5)
  await list.answer(false)
  await again
  expect(list.pages.failure.value).not.toBeNull()
  expect(list.asked).toEqual([0, 0])
  list.look(1)
  await list.answer()
  expect([list.asked, list.pages.failure.value]).toEqual([[0, 0, 0], null])
})

it('takes no answer from before a change', async () => {
  const list = slowList(300)
  list.look(0)
  void list.pages.again()
  expect(list.asked).toEqual([0])
  await list.answer()
  expect(list.pages.total.value, 'it was asked before the change').toBeNull()
  expect(list.asked).toEqual([0, 0])
  await list.answer()
  expect(list.pages.total.value).toBe(300)
})
