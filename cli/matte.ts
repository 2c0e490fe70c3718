import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import sharp from 'sharp'
import { PhotodoodleError } from '../src/engine/core/errors'
import type { Matte } from '../src/engine/image/matte'
import { matteOver, SubjectMatte } from '../src/engine/models/matte'
import { decodePhoto } from './images'
import { nodeFiles } from './node-files'
import { nodeRuntime } from './node-runtime'

/** The matte network, committed with the app. */
export const embeddedMatte = join(dirname(dirname(fileURLToPath(import.meta.url))), 'public/models/matte')

export function registerMatte(program: Command): void {
  program
    .command('matte')
    .description('find the subject of a photo: white where it is, black around it')
    .argument('<photo>', 'JPEG, PNG, WebP, GIF or AVIF')
    .option('-o, --output <file>', "where the matte goes, a grey PNG of the photo's size", 'matte.png')
    .action(async (photo: string, { output }: { output: string }) => {
      const { image } = await decodePhoto(photo)
      const subject = await SubjectMatte.load(nodeFiles(embeddedMatte), nodeRuntime())
      try {
        const matte = matteOver(await subject.find(image), image)
        await writeGrey(output, matte)
        const share = (100 * matte.alpha.reduce((sum, value) => sum + value, 0)) / (255 * matte.alpha.length)
        const found = share === 0 ? 'no clear subject, the matte is empty' : `the subject covers ${share.toFixed(1)} %`
        console.log(`${output}: ${matte.width} x ${matte.height} pixels, ${found}`)
      } finally {
        await subject.dispose()
      }
    })
}

async function writeGrey(path: string, { alpha, width, height }: Matte): Promise<void> {
  const raw = sharp(Buffer.from(alpha.buffer, alpha.byteOffset, alpha.length), { raw: { width, height, channels: 1 } })
  const png = await raw.toColourspace('b-w').png().toBuffer()
  await writeFile(path, png).catch((cause: unknown) => {
    throw new PhotodoodleError(
      'BadRequest',
      `${path} cannot be written.`,
      'Check that the folder is there and may be written to.',
      { cause },
    )
  })
}
