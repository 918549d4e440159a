import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Found, Question } from './decoder'

/** A worker that finds the side of every picture, or fails. */
class FakeWorker {
  static made = 0
  static ended = 0
  static fails = false
  onmessage: ((event: MessageEvent<Found>) => void) | null = null
  onerror: (() => void) | null = null

  constructor() {
    FakeWorker.made += 1
  }

  postMessage({ id, picture }: Question): void {
    const data = { id, text: String(picture.width), failed: FakeWorker.fails }
    queueMicrotask(() => this.onmessage?.({ data } as MessageEvent<Found>))
  }

  terminate(): void {
    FakeWorker.ended += 1
  }
}

const picture = (width: number): ImageData => ({ width, height: 1, data: new Uint8ClampedArray(4) }) as unknown as ImageData

beforeEach(() => {
  vi.resetModules()
  vi.stubGlobal('Worker', FakeWorker)
  Object.assign(FakeWorker, { made: 0, ended: 0, fails: false })
})
afterEach(() => vi.unstubAllGlobals())

test('one decoder serves every scan of a page, however often the scanner is opened', async () => {
  const { decoder } = await import('./decode')
  for (let scan = 1; scan <= 200; scan += 1) {
    const decode = await decoder()
    expect(await decode(picture(scan))).toBe(String(scan))
  }
  expect(FakeWorker.made).toBe(1)
})

test('a decoder that failed is ended, and the next scan gets another', async () => {
  const { decoder } = await import('./decode')
  FakeWorker.fails = true
  await expect((await decoder())(picture(1))).rejects.toThrow()
  FakeWorker.fails = false
  expect(await (await decoder())(picture(2))).toBe('2')
  expect([FakeWorker.made, FakeWorker.ended]).toEqual([2, 1])
})
