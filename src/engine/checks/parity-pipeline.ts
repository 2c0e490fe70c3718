import type { FileTree } from '../core/byte-source'
import { readTensor } from '../formats/weight-store'
import { rgbaImage, type RgbaImage } from '../image/rgba-image'
import type { Runtime } from '../runtime/runtime'
import { flowMatchSigmas, parseScheduler } from '../schedulers/flow-match-euler'
import type { LoadOptions } from '../pipelines/load-parts'
import { badCase, compare, readGrid, readNumber, type ParityCase, type ParityFigure } from './parity-case'
import { PhotoDoodle } from '../pipelines/photo-doodle'

/**
 * A whole edit, as the app makes it: the case's folder holds a converted model under `model/`. Compares the noise
 * levels and the
 * latents after every step. The photo has the model's resolution, so that no resampling comes in between.
 */
export async function runPipeline(
  given: ParityCase,
  runtime: Runtime,
  { precision }: Pick<LoadOptions, 'precision'> = {},
): Promise<ParityFigure[]> {
  const { json, files } = given
  const model: FileTree = { open: (path) => files.open(`model/${path}`) }
  const engine = await PhotoDoodle.load(model, runtime, precision === undefined ? {} : { precision })
  try {
    const { rows, columns } = readGrid(json)
    const description = engine.model
    if (description.prediction !== 'velocity') throw badCase('has a model that predicts no velocity')
    const steps = readNumber(json, 'steps')
    const figures = [
      await compare(
        given,
        'sigmas',
        Float32Array.from(flowMatchSigmas(steps, 2 * rows * columns, parseScheduler(description.scheduler))),
      ),
    ]
    const style = readText(json['style'] ?? {}, 'id')
    await engine.edit(
      {
        what: { instruction: readText(json, 'instruction'), styles: [{ id: style, strength: 1 }] },
        how: { seed: readNumber(json, 'seed'), steps },
      },
      {
        photo: await readPhoto(given),
        onLatents: async (latents, step) =>
          void figures.push(await compare(given, `latents.${step - 1}`, latents.data)),
      },
    )
    return figures
  } finally {
    await engine.dispose()
  }
}

/** `image` [1, 3, H, W] of whole 8-bit levels in [-1, 1] as the opaque picture it was. */
async function readPhoto({ inputs }: ParityCase): Promise<RgbaImage> {
  const { dims, data } = await readTensor(inputs, 'image')
  const [height, width] = dims.slice(-2) as [number, number]
  const photo = rgbaImage(width, height)
  const plane = width * height
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) photo.data[4 * i + c] = Math.round((data[c * plane + i]! + 1) * 127.5)
    photo.data[4 * i + 3] = 255
  }
  return photo
}

function readText(json: object, entry: string): string {
  const value: unknown = (json as Record<string, unknown>)[entry]
  if (typeof value !== 'string') throw badCase(`has no text "${entry}"`)
  return value
}
