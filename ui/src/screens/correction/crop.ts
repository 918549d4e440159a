// Geometry of the frame over the picture. Size and guides of the finished photo come from Rust.
import { PHOTO } from '@/bindings'

/** Width of the finished photo divided by its height. */
export const ASPECT = PHOTO.width / PHOTO.height

/** Position and width of the frame, in pixels of the rotated picture; rotation in degrees. */
export interface Frame {
  x: number
  y: number
  width: number
  rotation: number
}

/** Returns the size of the box around the rotated picture, in pixels. */
export function rotatedSize(width: number, height: number, degrees: number): { width: number; height: number } {
  const angle = (degrees * Math.PI) / 180
  const cos = Math.abs(Math.cos(angle))
  const sin = Math.abs(Math.sin(angle))
  return { width: width * cos + height * sin, height: width * sin + height * cos }
}

/** Returns the largest frame, in the middle of the picture. */
export function firstFrame(width: number, height: number, rotation = 0): Frame {
  const box = rotatedSize(width, height, rotation)
  const frameWidth = Math.min(box.width, box.height * ASPECT)
  return { x: (box.width - frameWidth) / 2, y: (box.height - frameWidth / ASPECT) / 2, width: frameWidth, rotation }
}

/** Returns the frame zoomed around its centre. */
export function zoomed(frame: Frame, factor: number): Frame {
  const width = Math.max(40, frame.width * factor)
  const grown = width - frame.width
  return { ...frame, width, x: frame.x - grown / 2, y: frame.y - grown / ASPECT / 2 }
}

/** Returns the frame after a rotation around its centre, over the same point of the picture. */
export function turned(frame: Frame, size: { width: number; height: number }, degrees: number): Frame {
  const before = rotatedSize(size.width, size.height, frame.rotation)
  const rotation = (((frame.rotation + degrees) % 360) + 360) % 360
  const after = rotatedSize(size.width, size.height, rotation)
  const height = frame.width / ASPECT
  const angle = (degrees * Math.PI) / 180
  const dx = frame.x + frame.width / 2 - before.width / 2
  const dy = frame.y + height / 2 - before.height / 2
  return {
    ...frame,
    rotation,
    x: after.width / 2 + dx * Math.cos(angle) - dy * Math.sin(angle) - frame.width / 2,
    y: after.height / 2 + dx * Math.sin(angle) + dy * Math.cos(angle) - height / 2,
  }
}

/** Returns the frame after a key, or `null` for any other key. `large` is Shift. */
export function stepped(
  frame: Frame,
  size: { width: number; height: number },
  key: string,
  large: boolean,
): Frame | null {
  const step = (frame.width / PHOTO.width) * (large ? 10 : 2)
  switch (key) {
    // The arrows move the picture and not the frame, hence the signs.
    case 'ArrowLeft':
      return { ...frame, x: frame.x + step }
    case 'ArrowRight':
      return { ...frame, x: frame.x - step }
    case 'ArrowUp':
      return { ...frame, y: frame.y + step }
    case 'ArrowDown':
      return { ...frame, y: frame.y - step }
    case '+':
    case '=':
      return zoomed(frame, large ? 0.9 : 0.98)
    case '-':
    case '_':
      return zoomed(frame, large ? 1.1 : 1.02)
    case '[':
      return turned(frame, size, -1)
    case ']':
      return turned(frame, size, 1)
    case '{':
      return turned(frame, size, -90)
    case '}':
      return turned(frame, size, 90)
    case '0':
      return firstFrame(size.width, size.height, 0)
    default:
      return null
  }
}
