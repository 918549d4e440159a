// Finds the symbol in a picture: with the browser's own detector, else with a decoder of ours.

import type { Found, Question } from './decoder'

/** Finds a symbol's text in a picture; `null` if there is none. */
export type Decode = (picture: ImageData) => Promise<string | null>

interface Detector {
  detect(picture: ImageData): Promise<{ rawValue: string }[]>
}

interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

let shared: Promise<Decode> | null = null

/**
 * Returns the page's decoder; ours is loaded only here. There is one for all scans: each takes
 * memory for as long as the page is open, and after a hundred the browser gives no more.
 */
export function decoder(): Promise<Decode> {
  shared ??= browserDecoder().then((browsers) => browsers ?? workerDecoder())
  return shared
}

async function browserDecoder(): Promise<Decode | null> {
  const Detector = (window as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  try {
    if (!Detector || !(await Detector.getSupportedFormats()).includes('qr_code')) return null
    const detector = new Detector({ formats: ['qr_code'] })
    return async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null
  } catch {
    return null
  }
}

function workerDecoder(): Decode {
  const worker = new Worker(new URL('./decoder.ts', import.meta.url))
  const waiting = new Map<number, { resolve: (text: string | null) => void; reject: (reason: Error) => void }>()
  // The next scan gets another one.
  const failAll = (): void => {
    worker.terminate()
    shared = null
    for (const { reject } of waiting.values()) reject(new Error('decoder'))
    waiting.clear()
  }
  worker.onerror = failAll
  worker.onmessage = ({ data }: MessageEvent<Found>) => {
    if (data.failed) return failAll()
    waiting.get(data.id)?.resolve(data.text)
    waiting.delete(data.id)
  }
  let last = 0
  return (picture) =>
    new Promise((resolve, reject) => {
      last += 1
      waiting.set(last, { resolve, reject })
      const question: Question = { id: last, picture }
      worker.postMessage(question, [picture.data.buffer])
    })
}
