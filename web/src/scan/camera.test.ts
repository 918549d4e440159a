import { afterEach, describe, expect, it, vi } from 'vitest'

import { openCamera } from './camera'

function devices(getUserMedia: () => Promise<unknown>): void {
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } })
}

afterEach(() => vi.unstubAllGlobals())

describe('the camera', () => {
  it('has a torch if its track says so', async () => {
    const applyConstraints = vi.fn(() => Promise.resolve())
    const track = { getCapabilities: () => ({ torch: true }), applyConstraints, stop: vi.fn() }
    devices(() => Promise.resolve({ getVideoTracks: () => [track], getTracks: () => [track] }))
    const camera = await openCamera()
    if (typeof camera === 'string') throw new Error(camera)
    await camera.torch?.(true)
    expect(applyConstraints).toHaveBeenCalledWith({ advanced: [{ torch: true }] })
    camera.stop()
    expect(track.stop).toHaveBeenCalled()
  })

  it('has none in old browsers, which cannot say', async () => {
    const track = { stop: vi.fn() }
    devices(() => Promise.resolve({ getVideoTracks: () => [track], getTracks: () => [track] }))
    const camera = await openCamera()
    expect(typeof camera === 'string' ? camera : camera.torch).toBeNull()
  })

  it.each([
    [new DOMException('', 'NotAllowedError'), 'denied'],
    [new DOMException('', 'NotFoundError'), 'none'],
  ])('that cannot be opened says why', async (error, said) => {
    devices(() => Promise.reject(error))
    expect(await openCamera()).toBe(said)
  })

  it('is not there over plain HTTP', async () => {
    vi.stubGlobal('navigator', {})
    expect(await openCamera()).toBe('insecure')
  })
})
