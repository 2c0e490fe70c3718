import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'

/**
 * Latents to transformer tokens: 2 x 2 patches, channel-major inside a token (channel, row, column), tokens in rows.
 * Source: FLUX reference code, sampling.py, `rearrange(img, "c (h ph) (w pw) -> (h w) (c ph pw)", ph=2, pw=2)`.
 *
 * @param latents float32 [C, h, w], h and w even
 * @returns float32 [h / 2 * w / 2, 4 C]
 * @throws ShapeMismatch
 */
export function packLatents(latents: Tensor): Tensor {
  const [channels, height, width] = latents.dims
  if (latents.dims.length !== 3 || height! % 2 !== 0 || width! % 2 !== 0)
    throw mismatch(`Latents [C, h, w] need even sides, got [${latents.dims.join(', ')}].`)
  const rows = height! / 2
  const columns = width! / 2
  const packed = tensor([rows * columns, 4 * channels!])
  eachPlace(channels!, rows, columns, (plain, token) => {
    packed.data[token] = latents.data[plain]!
  })
  return packed
}

/**
 * The inverse of {@link packLatents}.
 * @param tokens float32 [rows * columns, 4 C]
 * @returns float32 [C, 2 rows, 2 columns]
 * @throws ShapeMismatch
 */
export function unpackLatents(tokens: Tensor, rows: number, columns: number): Tensor {
  const [count, features] = tokens.dims
  if (tokens.dims.length !== 2 || count !== rows * columns || features! % 4 !== 0)
    throw mismatch(`Tokens [${tokens.dims.join(', ')}] do not make a grid of ${rows} x ${columns}.`)
  const channels = features! / 4
  const latents = tensor([channels, 2 * rows, 2 * columns])
  eachPlace(channels, rows, columns, (plain, token) => {
    latents.data[plain] = tokens.data[token]!
  })
  return latents
}

function eachPlace(
  channels: number,
  rows: number,
  columns: number,
  visit: (plain: number, token: number) => void,
): void {
  const width = 2 * columns
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < 2 * rows; y++) {
      for (let x = 0; x < width; x++) {
        const token = (y >> 1) * columns + (x >> 1)
        visit((c * 2 * rows + y) * width + x, token * 4 * channels + c * 4 + (y & 1) * 2 + (x & 1))
      }
    }
  }
}

function mismatch(what: string): PhotodoodleError {
  return new PhotodoodleError('ShapeMismatch', what, 'This is a defect; please report it.')
}
