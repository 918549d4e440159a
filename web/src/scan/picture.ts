// Pictures for the decoder: from a frame of the camera, or from a file.

/** Longest side that is searched, in pixels: enough for a symbol that fills a third of a sheet. */
const FRAME_SIDE = 1_280
const FILE_SIDES = [2_400, 1_200]

type Drawable = HTMLVideoElement | HTMLImageElement

function drawn(source: Drawable, width: number, height: number, side: number): ImageData | null {
  const scale = Math.min(1, side / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context || canvas.width === 0 || canvas.height === 0) return null
  context.drawImage(source, 0, 0, canvas.width, canvas.height)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

/** Returns the camera's present frame; `null` before the first one. */
export function frameOf(video: HTMLVideoElement): ImageData | null {
  return drawn(video, video.videoWidth, video.videoHeight, FRAME_SIDE)
}

/** Returns a picture file at the sizes to search, largest first. Nothing is uploaded. */
export async function picturesOf(file: Blob): Promise<ImageData[]> {
  const address = URL.createObjectURL(file)
  const image = new Image()
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve
      image.onerror = reject
      image.src = address
    })
    const pictures = FILE_SIDES.map((side) => drawn(image, image.naturalWidth, image.naturalHeight, side))
    return pictures.filter((picture) => picture !== null)
  } catch {
    return []
  } finally {
    URL.revokeObjectURL(address)
  }
}
