import { describe, expect, it } from 'vitest'

import { ASPECT, firstFrame, rotatedSize, stepped, turned, zoomed } from './crop'

const SIZE = { width: 716, height: 882 }

describe('the frame of the photo', () => {
  it('starts in the middle, as large as possible', () => {
    expect(firstFrame(1000, 441)).toEqual({ x: 321, y: 0, width: 358, rotation: 0 })
    const tall = firstFrame(358, 1000)
    expect([tall.x, tall.width]).toEqual([0, 358])
    expect(tall.y).toBeCloseTo((1000 - 441) / 2)
  })

  it('keeps its centre when it is zoomed', () => {
    const frame = firstFrame(716, 882)
    const smaller = zoomed(frame, 0.5)
    expect(smaller.x + smaller.width / 2).toBeCloseTo(frame.x + frame.width / 2)
    expect(smaller.y + smaller.width / ASPECT / 2).toBeCloseTo(frame.y + frame.width / ASPECT / 2)
  })

  it('lies in the smallest upright box around the rotated picture', () => {
    const box = rotatedSize(716, 882, 90)
    expect(box.width).toBeCloseTo(882)
    expect(box.height).toBeCloseTo(716)
  })

  it('returns to its place after four quarter turns', () => {
    const frame = zoomed(firstFrame(716, 882), 0.6)
    let again = { ...frame, x: frame.x + 31, y: frame.y - 12 }
    const from = again
    for (let turn = 0; turn < 4; turn += 1) again = turned(again, SIZE, 90)
    expect(again.x).toBeCloseTo(from.x)
    expect(again.y).toBeCloseTo(from.y)
    expect(again.rotation).toBe(0)
  })

  it('is moved, zoomed and rotated by keys, in larger steps with Shift', () => {
    const frame = firstFrame(716, 882)
    expect(stepped(frame, SIZE, 'ArrowRight', false)?.x).toBeLessThan(frame.x)
    const small = stepped(frame, SIZE, 'ArrowDown', false)
    const large = stepped(frame, SIZE, 'ArrowDown', true)
    expect(Math.abs((large?.y ?? 0) - frame.y)).toBeGreaterThan(Math.abs((small?.y ?? 0) - frame.y))
    expect(stepped(frame, SIZE, '+', false)?.width).toBeLessThan(frame.width)
    expect(stepped(frame, SIZE, ']', false)?.rotation).toBe(1)
    expect(stepped(frame, SIZE, '[', false)?.rotation).toBe(359)
    expect(stepped(frame, SIZE, 'a', false)).toBeNull()
  })
})
