/** Photos as people bring them, small: those of tests/photos and those made here, with the size that each opens at. */
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

interface PhotoKind {
  readonly name: string
  readonly what: string
  readonly bytes: () => Promise<Buffer>
  /** Width and height as seen. */
  readonly size: readonly [number, number]
}

const [WIDTH, HEIGHT] = [64, 48]
/** Of the quadrants, row by row. */
export const COLOURS = [
  [220, 40, 40],
  [40, 200, 60],
  [50, 70, 220],
  [224, 172, 138],
] as const

/** Four coloured quadrants and a white corner at the top left: every turn of it looks different. */
export function quadrants(): Sharp {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      data.set(
        x < 8 && y < 8 ? [255, 255, 255] : COLOURS[(y < HEIGHT / 2 ? 0 : 2) + (x < WIDTH / 2 ? 0 : 1)]!,
        3 * (y * WIDTH + x),
      )
    }
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
}

/** A JPEG that ends before its picture begins. */
export async function cutJpeg(): Promise<Buffer> {
  const whole = await quadrants().jpeg().toBuffer()
  return whole.subarray(0, whole.indexOf(Buffer.of(0xff, 0xda)))
}

export const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8] as const
const upright = (orientation: number): readonly [number, number] =>
  orientation >= 5 ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT]

/** Encoders that lose nothing where there is one: turned pixels are compared, not encoders. */
const ENCODED = {
  jpeg: (picture: Sharp) => picture.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }),
  webp: (picture: Sharp) => picture.webp({ lossless: true }),
  avif: (picture: Sharp) => picture.avif({ lossless: true, chromaSubsampling: '4:4:4' }),
  png: (picture: Sharp) => picture.png(),
} as const

/**
 * Tags of EXIF's orientation; in AVIF libheif writes the file's own turns (irot, imir), and a browser leaves WebP as it
 * lies.
 */
const oriented: PhotoKind[] = (Object.keys(ENCODED) as (keyof typeof ENCODED)[]).flatMap((format) =>
  ORIENTATIONS.map((orientation): PhotoKind => ({
    name: `orientation-${orientation}.${format}`,
    what: `${format}, orientation ${orientation}`,
    bytes: () => ENCODED[format](quadrants().withMetadata({ orientation })).toBuffer(),
    size: format === 'webp' ? [WIDTH, HEIGHT] : upright(orientation),
  })),
)

/** Segments before the size, as depth maps, panoramas and motion photos have them. @param marker APPn or COM */
function withSegments(jpeg: Buffer, count: number, marker = 0xe2): Buffer {
  const segment = Buffer.alloc(2 + 65_535, 0xff)
  // Full of frame headers that claim another size.
  for (let at = 4; at + 11 < segment.length; at += 11)
    segment.set([0xff, 0xc0, 0x00, 0x11, 0x08, 0x00, 0x01, 0x00, 0x01, 0x03, 0x00], at)
  segment.set([0xff, marker, 0xff, 0xff])
  return Buffer.concat([jpeg.subarray(0, 2), ...Array.from({ length: count }, () => segment), jpeg.subarray(2)])
}

/** 0xFF bytes before every marker up to the scan. */
function withFill(jpeg: Buffer): Buffer {
  const parts: Buffer[] = [jpeg.subarray(0, 2)]
  let at = 2
  while (jpeg[at + 1] !== 0xda) {
    const next = at + 2 + jpeg.readUInt16BE(at + 2)
    parts.push(Buffer.alloc(3, 0xff), jpeg.subarray(at, next))
    at = next
  }
  return Buffer.concat([...parts, jpeg.subarray(at)])
}

/** An MP4 behind the picture, as phones store a motion photo. */
const withVideo = (jpeg: Buffer): Buffer =>
  Buffer.concat([jpeg, Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x08mdat', 'latin1')])

export function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length)
  chunk.writeUInt32BE(data.length)
  chunk.write(type, 4, 'latin1')
  data.copy(chunk, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length)
  return chunk
}

/** Chunks right behind IHDR. */
export const withChunks = (png: Buffer, ...chunks: Buffer[]): Buffer =>
  Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)])

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i))
  return bytes
}
export const gama = (gamma: number): Buffer => pngChunk('gAMA', words(Math.round(100_000 * gamma)))
/** Display P3's primaries. */
export const chrmP3 = (): Buffer =>
  pngChunk('cHRM', words(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000))

const jpeg = (): Promise<Buffer> => ENCODED.jpeg(quadrants()).toBuffer()
const png = (): Promise<Buffer> => quadrants().png().toBuffer()
/** Every second pixel half transparent. */
const cutOut = async (orientation = 1): Promise<Buffer> => {
  const { data } = await quadrants().ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  for (let at = 3; at < data.length; at += 8) data[at] = 128
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
    .withMetadata({ orientation })
    .png()
    .toBuffer()
}

/** Two frames, the second of the other colours. */
const moving = async (): Promise<Sharp> => {
  const first = await quadrants().raw().toBuffer()
  return sharp(Buffer.concat([first, first.map((value) => 255 - value)]), {
    raw: { width: WIDTH, height: 2 * HEIGHT, channels: 3, pageHeight: HEIGHT },
  })
}

/** Formats, depths and colour spaces, each opened by both decoders. */
const COLOURED: readonly (readonly [name: string, what: string, make: () => Promise<Sharp>])[] = [
  ['still.gif', 'GIF', () => Promise.resolve(quadrants().gif())],
  ['moving.gif', 'animated GIF', async () => (await moving()).gif()],
  ['moving.webp', 'animated WebP', async () => (await moving()).webp({ lossless: true })],
  ['lossy.webp', 'WebP with losses', () => Promise.resolve(quadrants().webp({ quality: 80 }))],
  ['deep.png', 'PNG of 16 bits', () => Promise.resolve(quadrants().toColourspace('rgb16').png())],
  ['palette.png', 'PNG with a palette', () => Promise.resolve(quadrants().png({ palette: true }))],
  ['wide.png', 'PNG with the profile of Display P3', () => Promise.resolve(quadrants().withIccProfile('p3').png())],
  [
    'wide.jpg',
    'JPEG with the profile of Display P3',
    () => Promise.resolve(quadrants().withIccProfile('p3').jpeg({ quality: 95, chromaSubsampling: '4:4:4' })),
  ],
  ['grey.jpg', 'grey JPEG', () => Promise.resolve(quadrants().toColourspace('b-w').jpeg({ quality: 95 }))],
  [
    'half-65.jpg',
    'JPEG with chroma of half the size and an odd size',
    () =>
      Promise.resolve(
        quadrants()
          .resize(WIDTH + 1, HEIGHT + 1, { fit: 'fill' })
          .jpeg({ quality: 90 }),
      ),
  ],
]
const coloured = COLOURED.map(([name, what, make]): PhotoKind => ({
  name,
  what,
  bytes: async () => (await make()).toBuffer(),
  size: name === 'half-65.jpg' ? [WIDTH + 1, HEIGHT + 1] : [WIDTH, HEIGHT],
}))

const file =
  (name: string): (() => Promise<Buffer>) =>
  () =>
    readFile(new URL(`photos/${name}`, import.meta.url))

const kinds: PhotoKind[] = [
  {
    name: 'depth.jpg',
    what: 'JPEG with 2 MB of metadata before its size',
    bytes: async () => withSegments(await jpeg(), 32),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'comments.jpg',
    what: 'JPEG with 1.3 MB of comments before its size',
    bytes: async () => withSegments(await jpeg(), 20, 0xfe),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'fill.jpg',
    what: 'JPEG with fill bytes before its markers',
    bytes: async () => withFill(await jpeg()),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'extraneous.jpg',
    what: 'JPEG with stray bytes before a marker',
    bytes: file('extraneous.jpg'),
    size: [960, 640],
  },
  { name: 'motion.jpg', what: 'motion photo', bytes: async () => withVideo(await jpeg()), size: [WIDTH, HEIGHT] },
  {
    name: 'progressive.jpg',
    what: 'progressive JPEG',
    bytes: () => quadrants().jpeg({ progressive: true }).toBuffer(),
    size: [WIDTH, HEIGHT],
  },
  { name: 'exif5.webp', what: 'WebP with EXIF orientation 5', bytes: file('exif5.webp'), size: [64, 96] },
  { name: 'gama_linear.png', what: 'PNG with gAMA 1', bytes: file('gama_linear.png'), size: [96, 64] },
  {
    name: 'gama_linear_alpha.png',
    what: 'transparent PNG with gAMA 1',
    bytes: file('gama_linear_alpha.png'),
    size: [96, 64],
  },
  {
    name: 'gama_22.png',
    what: 'PNG with gAMA 1 / 2.2',
    bytes: async () => withChunks(await png(), gama(0.45455)),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'gama_18.png',
    what: 'PNG with gAMA 1 / 1.8',
    bytes: async () => withChunks(await png(), gama(0.55556)),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'chrm.png',
    what: 'PNG with gAMA and the cHRM of Display P3',
    bytes: async () => withChunks(await png(), gama(0.45455), chrmP3()),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'srgb.png',
    what: 'PNG with sRGB and a contradicting gAMA',
    bytes: async () => withChunks(await png(), pngChunk('sRGB', Buffer.of(0)), gama(1)),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'cicp.png',
    what: 'PNG with the cICP of Display P3',
    bytes: async () => withChunks(await png(), pngChunk('cICP', Buffer.of(12, 13, 0, 1))),
    size: [WIDTH, HEIGHT],
  },
  {
    name: 'cut-out-6.png',
    what: 'transparent PNG, orientation 6 and gAMA 1',
    bytes: async () => withChunks(await cutOut(6), gama(1)),
    size: [HEIGHT, WIDTH],
  },
]

const avif: PhotoKind[] = [
  { name: 'mif1_major.avif', what: 'AVIF with main brand mif1', bytes: file('mif1_major.avif'), size: [96, 64] },
  { name: 'anim.avif', what: 'AVIF with main brand avis', bytes: file('anim.avif'), size: [96, 64] },
  ...[
    { width: WIDTH, height: HEIGHT, orientation: 1 },
    { width: WIDTH, height: HEIGHT, orientation: 6 },
    { width: WIDTH + 1, height: HEIGHT + 1, orientation: 1 },
  ].map(({ width, height, orientation }): PhotoKind => ({
    name: `half-${width}-${orientation}.avif`,
    what: `AVIF with chroma of half the size, ${width} x ${height}, orientation ${orientation}`,
    bytes: () =>
      quadrants()
        .resize(width, height, { fit: 'fill' })
        .withMetadata({ orientation })
        .avif({ quality: 90, chromaSubsampling: '4:2:0' })
        .toBuffer(),
    size: orientation === 6 ? [height, width] : [width, height],
  })),
]

/** What page and command line open, both with the same pixels. */
export const PHOTO_KINDS: readonly PhotoKind[] = [...oriented, ...kinds, ...coloured, ...avif]

/** What neither opens, and says so by name. */
export const HEIC_FILES: readonly Pick<PhotoKind, 'name' | 'bytes'>[] = [
  { name: 'brand_heim.heic', bytes: file('brand_heim.heic') },
  { name: 'ten_bit.heic', bytes: file('ten_bit.heic') },
  ...['heic', 'heix', 'heis', 'hevc', 'hevx', 'msf1', 'mif1'].map((brand) => ({
    name: `${brand}.heic`,
    // The brand alone stands in a box of its own in front of the 10-bit file's others.
    bytes: async (): Promise<Buffer> => {
      const whole = await file('ten_bit.heic')()
      const rest = whole.subarray(whole.readUInt32BE(0))
      return Buffer.concat([words(20), Buffer.from(`ftyp${brand}`), words(0), Buffer.from(brand), rest])
    },
  })),
]
