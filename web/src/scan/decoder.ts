// Worker that finds QR symbols with zxing, for browsers that cannot do so themselves.

import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

prepareZXingModule({ overrides: { locateFile: () => wasm } })

/** A picture and its place in the order of questions. */
export interface Question {
  id: number
  picture: ImageData
}

/** Text of the symbol in it, if any; `failed` if the decoder cannot run here. */
export interface Found {
  id: number
  text: string | null
  failed: boolean
}

const scope = self as unknown as { onmessage: (event: MessageEvent<Question>) => void; postMessage: (found: Found) => void }

scope.onmessage = async ({ data: { id, picture } }) => {
  try {
    const options = { formats: ['QRCode' as const], maxNumberOfSymbols: 1, tryHarder: true }
    const [symbol] = await readBarcodes(picture, options)
    scope.postMessage({ id, text: symbol?.text ?? null, failed: false })
  } catch {
    scope.postMessage({ id, text: null, failed: true })
  }
}
