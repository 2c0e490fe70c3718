import { readText, type FileTree } from '../../core/byte-source'
import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import { isObject } from '../../formats/json'
import { refineMatte, type Matte } from '../../image/matte'
import { crop } from '../../image/place'
import type { RgbaImage } from '../../image/rgba-image'
import { toTensor } from '../../image/tensor-image'
import type { GraphSession, ModelRuntime } from '../graph-runtime'
import { chosenSubject, type At } from './chosen-subject'
import { hasSubject } from './clear-subject'
import { foundHead, lookAt, moved, retold } from './head'

/** Side of the square that the network sees, pixels, and of the matte that it gives. */
const SIDE = 320

const FORMAT = 'photodoodle-matte/1'

/** What is known of a photo once and for all edits. */
export interface Subject {
  /**
   * Of the network's own 320 x 320 pixels; image/matte.ts refines it at the photo's size. All 0 when the photo has no
   * clear subject.
   */
  readonly matte: Matte
  /** The same at the size of the photo that it was found on; absent: it is refined whenever it is asked for. */
  readonly refined?: Matte
  /**
   * [144, 192], -5..5: what the network's encoder saw in each of 12 x 12 cells of the photo, row by row, for the
   * layout.
   */
  readonly features: Tensor
  /** [144, 7]: what each of these cells takes for the head, for models/layout/head.ts. */
  readonly heads: Tensor
}

/** The subject's matte at the size of a picture, the photo or what is seen with doodles on it. */
export function matteOver({ matte, refined }: Subject, picture: RgbaImage): Matte {
  return refined?.width === picture.width && refined.height === picture.height ? refined : refineMatte(matte, picture)
}

/**
 * Finds the subject of a photo: u2netp (Qin et al. 2020) rebuilt in f16 (docs/licenses.md), in
 * public/models/matte.
 */
export class SubjectMatte {
  private constructor(private readonly session: GraphSession) {}

  /**
   * @param files the folder with matte.json and the network
   * @throws MissingFile, BadModel when the folder is something else, RuntimeFailed
   */
  static async load(files: FileTree, runtime: ModelRuntime): Promise<SubjectMatte> {
    const network = await files.open(networkFile(await readText(await files.open('matte.json'))))
    return new SubjectMatte(await runtime.openModel('subject matte', await network.read(0, network.size)))
  }

  /**
   * @param photo upright, at its full size; transparent parts are seen over white
   * @throws RuntimeFailed, OutOfMemory, DeviceLost
   */
  async find(photo: RgbaImage): Promise<Subject> {
    const seen = await this.#look(photo)
    const matte = matteIn(seen.matte)
    const heads = await this.#nearer(photo, matte, seen.heads)
    return { matte, refined: refineMatte(matte, photo), features: seen.features, heads }
  }

  /** A small head is a cell or two: what a look about it shows is better known. */
  async #nearer(photo: RgbaImage, matte: Matte, heads: Tensor): Promise<Tensor> {
    const first = foundHead(heads, matte, photo)
    const box = first && lookAt(first, photo)
    if (box === undefined) return heads
    const near = await this.#look(crop(photo, box))
    const second = foundHead(near.heads, matteIn(near.matte), box)
    return second === undefined ? heads : retold(heads, first!, moved(second, box), photo)
  }

  /**
   * The thing that somebody pointed at, alone; undefined where nothing stands out there.
   * @param photo upright, at its full size
   * @param at inside the photo
   * @throws RuntimeFailed, OutOfMemory, DeviceLost
   */
  choose(photo: RgbaImage, at: At): Promise<Matte | undefined> {
    return chosenSubject(photo, at, async (box) => {
      const { matte } = await this.#look(crop(photo, box))
      return { width: SIDE, height: SIDE, data: matte.data }
    })
  }

  async #look(picture: RgbaImage): Promise<Record<'matte' | 'features' | 'heads', Tensor>> {
    const { matte, features, heads } = await this.session.run({
      image: tensor([1, 3, SIDE, SIDE], toTensor(picture, SIDE, SIDE).data),
    })
    if (!matte || !features || !heads)
      throw new PhotodoodleError(
        'BadModel',
        'The matte network gives no matte, no features or no heads.',
        'Install the app again.',
      )
    return { matte, features, heads }
  }

  async dispose(): Promise<void> {
    await this.session.release()
  }
}

function matteIn({ data }: Tensor): Matte {
  const alpha = new Uint8Array(SIDE * SIDE)
  if (hasSubject(data)) for (const [i, value] of data.entries()) alpha[i] = Math.round(255 * value)
  return { width: SIDE, height: SIDE, alpha }
}

/** @param text of matte.json */
function networkFile(text: string): string {
  const about = parsed(text)
  if (!isObject(about) || about['format'] !== FORMAT || typeof about['file'] !== 'string') {
    throw new PhotodoodleError(
      'BadModel',
      `matte.json is not of the format ${FORMAT}.`,
      'Use the folder public/models/matte of this version.',
    )
  }
  return about['file']
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PhotodoodleError(
      'BadModel',
      'matte.json is not JSON.',
      'Use the folder public/models/matte of this version.',
      { cause },
    )
  }
}
