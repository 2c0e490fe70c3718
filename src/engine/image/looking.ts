// Over 300 lines: everything a look does to an element, a change a function, in the order in which they are done.
import type { Element } from './element'
import type { Look } from './look'
import { WHOLE } from './place'
import { affineOf, AS_DRAWN, movedPlace, pivotOf, type Affine, type Pose } from './pose'
import { recoloured, turnedHue } from './recolour'
import { rgbaImage, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

interface Size {
  readonly width: number
  readonly height: number
}

/** Pixels of the element for each of its own before it is turned, so that turning does not blur it. */
const FINER = 2

/** Its pixels for each of the photo's: more would not be seen. */
const ENOUGH = 1.5

/** Longest side of a turned element. */
const MOST = 1024

/** Blur of a shadow, and how far below it falls, as shares of the photo's longest side. */
const SHADOW = { blur: 0.012, below: 0.008, darkness: 0.6 } as const

/**
 * Elements of one object as its look shows them; themselves when nothing was changed. What was moved no longer follows
 * the photo's edges where it was drawn.
 * @param photo its size in pixels, at any resolution
 */
export function looking<T extends Element>(
  elements: readonly T[],
  look: Look | undefined,
  photo: Size,
): readonly Element[] {
  if (look === undefined || elements.length === 0) return elements
  const affine = affineOf(look.pose ?? AS_DRAWN, pivotOf(elements), photo)
  return elements.map((element) => {
    let shown: Element = deep(element, look)
    if (look.pose !== undefined) shown = posed(shown, look.pose, affine, photo)
    if (look.recolour !== undefined) shown = { ...shown, data: recoloured(shown.data, look.recolour) }
    if (look.hue !== undefined || look.brightness !== undefined) shown = { ...shown, data: turnedHue(shown.data, look) }
    const longest = Math.max(photo.width, photo.height)
    if (look.border !== undefined && look.border > 0) shown = rimmed(shown, look.border * longest, photo)
    if (look.shadow !== undefined && look.shadow > 0) shown = shadowed(shown, look.shadow, longest, photo)
    return shown
  })
}

/** Before or behind the subject. Without a front plane the edges would follow what the photo shows elsewhere. */
function deep(element: Element, { depth, pose }: Look): Element {
  if (depth === undefined && (element.front !== undefined || pose === undefined)) return element
  const front = new Uint8Array(element.width * element.height).fill(depth === 'behind' ? 0 : 255)
  return { ...element, front }
}

function posed(element: Element, pose: Pose, affine: Affine, photo: Size): Element {
  const { box, place } = element
  const upright = pose.mirrored ? mirrored(element) : element
  const moved = box === undefined ? {} : { box: movedPlace(box, affine, photo) }
  if (pose.turn % 360 === 0) return { ...upright, ...moved, place: movedPlace(place, affine, photo) }
  const middle = movedPlace(place, affine, photo)
  return { ...turned(upright, pose, [middle.left + middle.width / 2, middle.top + middle.height / 2], photo), ...moved }
}

function mirrored(element: Element): Element {
  const { width, height, data, front } = element
  const picture = rgbaImage(width, height)
  const plane = front && new Uint8Array(front.length)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = width - 1; x >= 0; x--, to++) {
      const from = y * width + x
      for (let c = 0; c < 4; c++) picture.data[4 * to + c] = data[4 * from + c]!
      if (plane) plane[to] = front[from]!
    }
  }
  return { ...element, ...picture, ...(plane && { front: plane }) }
}

/**
 * Turned about its own middle: in steps of the photo's pixels, alike in both directions, from a finer copy with hard
 * edges. @param middle where that is on the photo
 */
function turned(element: Element, { turn, scale }: Pose, middle: readonly [number, number], photo: Size): Element {
  const fine = upscaleLayer(element, FINER * element.width, FINER * element.height)
  const fronts = element.front
  const [boxWidth, boxHeight] = [element.place.width * photo.width * scale, element.place.height * photo.height * scale]
  const angle = (turn * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const across = Math.abs(cos) * boxWidth + Math.abs(sin) * boxHeight
  const down = Math.abs(sin) * boxWidth + Math.abs(cos) * boxHeight
  const finest = Math.max(fine.width / boxWidth, fine.height / boxHeight)
  const density = Math.min(finest, MOST / Math.max(across, down), ENOUGH)
  const [width, height] = [Math.max(1, Math.round(across * density)), Math.max(1, Math.round(down * density))]
  const picture = rgbaImage(width, height)
  const plane = fronts && new Uint8Array(width * height)
  const sample = new Float32Array(5)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const [u, v] = [((x + 0.5) / width - 0.5) * across, ((y + 0.5) / height - 0.5) * down]
      const px = ((cos * u + sin * v) / boxWidth + 0.5) * fine.width - 0.5
      const py = ((cos * v - sin * u) / boxHeight + 0.5) * fine.height - 0.5
      bilinear(fine, fronts, px, py, sample)
      const alpha = sample[3]!
      if (alpha < 0.5) continue
      for (let c = 0; c < 3; c++) picture.data[4 * to + c] = sample[c]! / alpha
      picture.data[4 * to + 3] = alpha
      if (plane) plane[to] = Math.round(sample[4]! / alpha)
    }
  }
  const [shareX, shareY] = [across / photo.width, down / photo.height]
  const place = { left: middle[0] - shareX / 2, top: middle[1] - shareY / 2, width: shareX, height: shareY }
  return { ...element, ...picture, ...(plane && { front: plane }), place }
}

/** Colours and front times alpha, and alpha (0..255) at index 3; nothing outside. */
function bilinear(
  { width, height, data }: Element | ReturnType<typeof rgbaImage>,
  front: Uint8Array | undefined,
  x: number,
  y: number,
  out: Float32Array,
): void {
  out.fill(0)
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [fx, fy] = [x - left, y - top]
  const coarse = Math.floor(width / FINER)
  for (let dy = 0; dy < 2; dy++) {
    for (let dx = 0; dx < 2; dx++) {
      const [u, v] = [left + dx, top + dy]
      if (u < 0 || v < 0 || u >= width || v >= height) continue
      const at = 4 * (v * width + u)
      const weight = (dx === 0 ? 1 - fx : fx) * (dy === 0 ? 1 - fy : fy) * data[at + 3]!
      if (weight === 0) continue
      for (let c = 0; c < 3; c++) out[c] = out[c]! + weight * data[at + c]!
      out[3] = out[3]! + weight
      if (front) out[4] = out[4]! + weight * front[Math.floor(v / FINER) * coarse + Math.floor(u / FINER)]!
    }
  }
}

/** The element with so many of its pixels added on each side. */
function padded(element: Element, margin: number): Element {
  const { width, height, data, front, place } = element
  const picture = rgbaImage(width + 2 * margin, height + 2 * margin)
  const plane = front && new Uint8Array(picture.width * picture.height)
  for (let y = 0; y < height; y++) {
    const to = (y + margin) * picture.width + margin
    picture.data.set(data.subarray(4 * y * width, 4 * (y + 1) * width), 4 * to)
    plane?.set(front!.subarray(y * width, (y + 1) * width), to)
  }
  const [dx, dy] = [(margin / width) * place.width, (margin / height) * place.height]
  return {
    ...element,
    ...picture,
    ...(plane && { front: plane }),
    place: {
      left: place.left - dx,
      top: place.top - dy,
      width: place.width + 2 * dx,
      height: place.height + 2 * dy,
    },
  }
}

/** Its pixels for each of the photo's. */
function densityOf({ width, height, place }: Element, photo: Size): number {
  return Math.sqrt((width / (place.width * photo.width)) * (height / (place.height * photo.height)))
}

/** A picture, larger by a white rim of even width around what is seen of it. @param rim in its pixels */
export function whiteRim(picture: RgbaImage, rim: number): RgbaImage {
  const { width, height, data } = rimmed({ ...picture, place: WHOLE }, rim, picture)
  return { width, height, data }
}

/** A white rim of even width around it, at the depth of what it borders. @param rim in pixels of the photo */
function rimmed(element: Element, rim: number, photo: Size): Element {
  const radius = Math.max(1, rim * densityOf(element, photo))
  const around = padded(element, Math.ceil(radius) + 1)
  const { width, height, data, front } = around
  const out = rgbaImage(width, height)
  const plane = front?.slice()
  const nearest = nearestSolid(around)
  for (let at = 0; at < width * height; at++) {
    const solid = nearest[at]!
    const distance = solid < 0 ? Infinity : distanceBetween(at, solid, width)
    under(data, out.data, at, 255, 255 * Math.min(1, Math.max(0, radius + 1 - distance)))
    if (plane && solid >= 0 && data[4 * at + 3] === 0) plane[at] = front![solid]!
  }
  return { ...around, ...out, ...(plane && { front: plane }) }
}

/** Alpha from which a pixel is the thing itself, not its glow. */
const SOLID = 128

/**
 * For each pixel the nearest solid one, -1 where there is none: two sweeps that hand on what neighbours found
 * (Danielsson 1980), exact but for a fraction of a pixel.
 */
function nearestSolid({ width, height, data }: Element): Int32Array {
  const nearest = new Int32Array(width * height).fill(-1)
  for (let at = 0; at < nearest.length; at++) if (data[4 * at + 3]! >= SOLID) nearest[at] = at
  const look = (at: number, x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= width || y >= height) return
    const found = nearest[y * width + x]!
    if (found < 0) return
    const best = nearest[at]!
    if (best < 0 || distanceBetween(at, found, width) < distanceBetween(at, best, width)) nearest[at] = found
  }
  const sweep = (y: number, before: number): void => {
    for (let x = 0, at = y * width; x < width; x++, at++) {
      look(at, x - 1, y)
      for (let dx = -1; dx <= 1; dx++) look(at, x + dx, y + before)
    }
    for (let x = width - 1, at = y * width + x; x >= 0; x--, at--) look(at, x + 1, y)
  }
  for (let y = 0; y < height; y++) sweep(y, -1)
  for (let y = height - 1; y >= 0; y--) sweep(y, 1)
  return nearest
}

function distanceBetween(a: number, b: number, width: number): number {
  const [dx, dy] = [(a % width) - (b % width), Math.floor(a / width) - Math.floor(b / width)]
  return Math.sqrt(dx * dx + dy * dy)
}

/** A soft dark copy below it, a little lower. @param longest side of the photo in pixels */
function shadowed(element: Element, strength: number, longest: number, photo: Size): Element {
  const density = densityOf(element, photo)
  const radius = Math.max(1, Math.round(SHADOW.blur * longest * density))
  const below = Math.max(1, Math.round(SHADOW.below * longest * density))
  const around = padded(element, 3 * radius + below)
  const { width, height, data, front } = around
  const out = rgbaImage(width, height)
  const plane = front?.slice()
  const soft = blurred(
    Float32Array.from({ length: width * height }, (_, at) => data[4 * at + 3]!),
    width,
    height,
    radius,
  )
  const softFront =
    front &&
    blurred(
      Float32Array.from(front, (value, at) => value * data[4 * at + 3]!),
      width,
      height,
      radius,
    )
  for (let at = 0; at < width * height; at++) {
    const from = at - below * width
    const cast = from >= 0 ? soft[from]! : 0
    under(data, out.data, at, 0, cast * strength * SHADOW.darkness)
    if (plane && data[4 * at + 3] === 0 && cast > 0) plane[at] = Math.min(255, Math.round(softFront![from]! / cast))
  }
  return { ...around, ...out, ...(plane && { front: plane }) }
}

/** A pixel over a grey of this alpha. */
function under(data: Uint8ClampedArray, out: Uint8ClampedArray, at: number, grey: number, alpha: number): void {
  const own = data[4 * at + 3]!
  const behind = (alpha * (255 - own)) / 255
  const total = own + behind
  if (total < 0.5) return
  for (let c = 0; c < 3; c++) out[4 * at + c] = (data[4 * at + c]! * own + grey * behind) / total
  out[4 * at + 3] = total
}

/** Three box blurs, close to a Gaussian. */
function blurred(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  let from = plane
  for (let pass = 0; pass < 3; pass++) {
    from = boxBlur(from, width, height, 1, width, radius)
    from = boxBlur(from, height, width, width, 1, radius)
  }
  return from
}

/** Means of 2 radius + 1 along lines of `length` samples, `step` apart; nothing beyond their ends. */
function boxBlur(
  plane: Float32Array,
  length: number,
  lines: number,
  step: number,
  stride: number,
  radius: number,
): Float32Array {
  const out = new Float32Array(plane.length)
  for (let line = 0; line < lines; line++) {
    let sum = 0
    for (let i = -radius; i < length; i++) {
      const [enters, leaves] = [i + radius, i - radius - 1]
      if (enters < length) sum += plane[line * stride + enters * step]!
      if (leaves >= 0) sum -= plane[line * stride + leaves * step]!
      if (i >= 0) out[line * stride + i * step] = sum / (2 * radius + 1)
    }
  }
  return out
}
