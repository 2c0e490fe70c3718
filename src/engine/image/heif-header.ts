import type { LumaShares } from './chroma'

/** ISO base media pictures: AVIF and HEIC share their boxes (ISO/IEC 14496-12, 23008-12). */
interface HeifHeader {
  /** By the brands, or where they leave it open (mif1, msf1) by the coded items. */
  readonly format: 'avif' | 'heic' | 'heif'
  /** Of the largest picture inside, as coded. */
  readonly width: number
  readonly height: number
}

const HEVC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']
const AV1_BRANDS = ['avif', 'avis']
const OPEN_BRANDS = ['mif1', 'mif2', 'msf1', 'mif3']

/** @returns undefined for a file of other boxes; 0 x 0 where no size is told */
export function heifHeader(bytes: Uint8Array): HeifHeader | undefined {
  const brands = brandsOf(bytes)
  const [major] = brands
  if (major === undefined || !brands.some((brand) => [...HEVC_BRANDS, ...AV1_BRANDS, ...OPEN_BRANDS].includes(brand)))
    return undefined
  const boxes = [...walk(bytes, 0, bytes.length)]
  const isAv1 = brands.some((brand) => AV1_BRANDS.includes(brand)) || boxes.some(({ type }) => type === 'av1C')
  const isHevc = brands.some((brand) => HEVC_BRANDS.includes(brand)) || boxes.some(({ type }) => type === 'hvcC')
  // A file that claims both is what its first brand says.
  const format = isAv1 && !(isHevc && HEVC_BRANDS.includes(major)) ? 'avif' : isHevc ? 'heic' : 'heif'
  const sizes = boxes.flatMap(({ type, at }) =>
    type === 'ispe'
      ? [{ width: u32(bytes, at + 4), height: u32(bytes, at + 8) }]
      : type === 'av01' || type === 'hvc1' || type === 'hev1'
        ? [{ width: u16(bytes, at + 24), height: u16(bytes, at + 26) }]
        : [],
  )
  const largest = sizes.reduce((best, size) => (size.width * size.height > best.width * best.height ? size : best), {
    width: 0,
    height: 0,
  })
  return { format, ...largest }
}

/** Major brand first, then the compatible ones; empty without an ftyp box. */
function brandsOf(bytes: Uint8Array): string[] {
  if (bytes.length < 12 || text(bytes, 4) !== 'ftyp') return []
  const end = Math.min(bytes.length, u32(bytes, 0) || bytes.length)
  const brands = [text(bytes, 8)]
  // Four bytes of minor version stand between.
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text(bytes, at))
  return brands
}

const BRAND = 8

/**
 * An animated AVIF under the brand of stills. Decoders then take the picture that the file names as its own, not the
 * first frame, which Chromium decodes with colours of another range. Other files as they are.
 */
export function asStill<T extends Uint8Array>(bytes: T): T {
  if (bytes.length < BRAND + 4 || text(bytes, 4) !== 'ftyp' || text(bytes, BRAND) !== 'avis') return bytes
  if (![...walk(bytes, 0, bytes.length)].some(({ type }) => type === 'pitm')) return bytes
  const still = bytes.slice() as T
  still.set(
    [...'avif'].map((letter) => letter.charCodeAt(0)),
    BRAND,
  )
  return still
}

/**
 * For an AVIF whose chroma has half the width and height: how its colours are made, by the first of the coded pictures.
 * @returns undefined for other files, and for colours that are not made of luma and two differences
 */
export function halfChroma(bytes: Uint8Array): LumaShares | undefined {
  let isHalf: boolean | undefined
  let matrix = UNSPECIFIED
  for (const { type, at } of walk(bytes, 0, bytes.length)) {
    // av1C: marker and version, profile and level, then tier, depth, monochrome and chroma's two halvings.
    if (type === 'av1C') isHalf ??= (bytes[at + 2]! & 0b11100) === 0b01100
    if (type === 'colr' && text(bytes, at) === 'nclx') matrix = u16(bytes, at + 8)
  }
  return isHalf === true ? LUMA[matrix] : undefined
}

/** Matrix coefficients by their number (ITU-T H.273, table 4). Unspecified ones are BT.601's, as decoders take them. */
const UNSPECIFIED = 2
const BT601 = { red: 0.299, blue: 0.114 }
const BT2020 = { red: 0.2627, blue: 0.0593 }
const LUMA: Readonly<Record<number, LumaShares>> = {
  1: { red: 0.2126, blue: 0.0722 },
  [UNSPECIFIED]: BT601,
  4: { red: 0.3, blue: 0.11 },
  5: BT601,
  6: BT601,
  7: { red: 0.212, blue: 0.087 },
  9: BT2020,
}

/** Boxes that hold boxes, and how many bytes come before those. */
const CONTAINERS: Readonly<Record<string, number>> = {
  meta: 4,
  iprp: 0,
  ipco: 0,
  moov: 0,
  trak: 0,
  mdia: 0,
  minf: 0,
  stbl: 0,
  stsd: 8,
  av01: 78,
  hvc1: 78,
  hev1: 78,
}
/** Boxes looked at, at most: a hostile file could nest without end. */
const MAX_BOXES = 4096

/** @returns every box inside a range, containers before what they hold; `at` is where its content begins */
function* walk(
  bytes: Uint8Array,
  start: number,
  end: number,
  budget = { left: MAX_BOXES },
): Generator<{ readonly type: string; readonly at: number }> {
  let at = start
  while (at + 8 <= end && budget.left-- > 0) {
    const short = u32(bytes, at)
    const type = text(bytes, at + 4)
    // 1: the length follows in eight bytes; 0: to the end.
    const header = short === 1 ? 16 : 8
    const length = short === 1 ? u32(bytes, at + 8) * 2 ** 32 + u32(bytes, at + 12) : short === 0 ? end - at : short
    if (length < header) return
    const content = at + header
    const next = Math.min(end, at + length)
    yield { type, at: content }
    const inside = CONTAINERS[type]
    if (inside !== undefined) yield* walk(bytes, content + inside, next, budget)
    at = next
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65536 + u16(bytes, at + 2)
const text = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
