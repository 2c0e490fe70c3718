import type { Command } from 'commander'
import sharp from 'sharp'
import type { Matte } from '../../src/engine/image/matte'
import { matteOver, SubjectMatte } from '../../src/engine/models/matte'
import { decodePhoto } from '../shared/images'
import { embeddedMatte } from '../shared/model'
import { nodeFiles } from '../shared/node-files'
import { nodeRuntime } from '../shared/node-runtime'
import { prepareOutput, type OutputFormat } from '../shared/output'

export function registerMatte(program: Command): void {
  program
    .command('matte')
    .description('find the subject of a photo: white where it is, black around it')
    .argument('<photo>', 'JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG')
    .option(
      '-o, --output <file>',
      "where the matte goes, a grey .png, .jpg, .webp or .avif of the photo's size",
      'matte.png',
    )
    .option('--force', 'let it replace the photo')
    .action(async (photo: string, { output, force = false }: { output: string; force?: boolean }) => {
      const { image } = await decodePhoto(photo)
      const file = await prepareOutput(output, {
        formats: ['png', 'jpeg', 'webp', 'avif'],
        inputs: [photo],
        force,
        bytes: image.width * image.height,
      })
      const subject = await SubjectMatte.load(nodeFiles(embeddedMatte), nodeRuntime())
      try {
        const matte = matteOver(await subject.find(image), image)
        await file.write(await encodeGrey(matte, file.format))
        const share = (100 * matte.alpha.reduce((sum, value) => sum + value, 0)) / (255 * matte.alpha.length)
        const found = share === 0 ? 'no clear subject, the matte is empty' : `the subject covers ${share.toFixed(1)} %`
        console.log(`${output}: ${matte.width} x ${matte.height} pixels, ${found}`)
      } finally {
        await subject.dispose()
      }
    })
}

async function encodeGrey({ alpha, width, height }: Matte, format: OutputFormat | undefined): Promise<Buffer> {
  const grey = sharp(Buffer.from(alpha.buffer, alpha.byteOffset, alpha.length), {
    raw: { width, height, channels: 1 },
  }).toColourspace('b-w')
  return (
    format === 'jpeg'
      ? grey.jpeg({ quality: 92 })
      : format === 'webp'
        ? grey.webp({ lossless: true })
        : format === 'avif'
          ? grey.avif({ quality: 92 })
          : grey.png()
  ).toBuffer()
}
