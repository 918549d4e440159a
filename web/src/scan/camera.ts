// The camera at the back of the phone, and its torch.

/** Why there is no picture. */
export type CameraTrouble = 'denied' | 'none' | 'insecure'

interface TorchTrack {
  getCapabilities?: () => MediaTrackCapabilities & { torch?: boolean }
}

export interface Camera {
  stream: MediaStream
  /** Turns the torch on or off; `null` if the camera has none. */
  torch: ((on: boolean) => Promise<void>) | null
  stop: () => void
}

/** Opens the camera, or returns why it cannot. */
export async function openCamera(): Promise<Camera | CameraTrouble> {
  // Old browsers and plain HTTP have no mediaDevices, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices?.getUserMedia) return 'insecure'
  try {
    const stream = await devices.getUserMedia({
      audio: false,
      video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 960 } },
    })
    const [track] = stream.getVideoTracks()
    const hasTorch = (track as TorchTrack | undefined)?.getCapabilities?.().torch === true
    const light = (on: boolean): Promise<void> =>
      track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] }) ?? Promise.resolve()
    return { stream, torch: hasTorch ? light : null, stop: () => stream.getTracks().forEach((one) => one.stop()) }
  } catch (error) {
    const isDenied = error instanceof DOMException && ['NotAllowedError', 'SecurityError'].includes(error.name)
    return isDenied ? 'denied' : 'none'
  }
}
