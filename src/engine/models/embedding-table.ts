import { PhotodoodleError } from '../core/errors'
import { storedBytes, toFloat32, type StoredTensor, type WeightStore } from '../formats/weight-store'

/**
 * A learned table [rows, width] kept as stored; only the rows that a text needs are dequantised. onnxruntime's
 * GatherBlockQuantized wants constant data, and a float32 copy of the word table would take 47 MB.
 */
export class EmbeddingTable {
  private constructor(
    private readonly stored: StoredTensor,
    readonly rows: number,
    readonly width: number,
  ) {}

  /** @throws MissingWeight, ShapeMismatch unless the table is [rows, width] with the width asked for */
  static async open(store: WeightStore, name: string, width: number): Promise<EmbeddingTable> {
    const stored = await store.read(name)
    const [rows, columns] = stored.shape
    if (stored.shape.length !== 2 || rows === undefined || columns !== width) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `${name} has shape [${stored.shape.join(', ')}] where [rows, ${width}] is needed.`,
        'Check that the weights belong to this model.',
      )
    }
    return new EmbeddingTable(stored, rows, width)
  }

  /**
   * @returns float32 [width]
   * @throws BadModel when the table has no such row: vocabulary and weights do not belong together
   */
  row(index: number): Float32Array {
    const { stored, rows, width } = this
    if (!(index >= 0 && index < rows))
      throw new PhotodoodleError(
        'BadModel',
        `The embedding table has ${rows} rows, row ${index} was asked for.`,
        'Vocabulary and weights do not belong together: download the model again.',
      )
    const info = { dtype: stored.dtype, shape: [1, width] }
    const bytes = storedBytes(info)
    const scales = stored.scales && stored.scales.length / rows
    return toFloat32({
      ...info,
      bytes: stored.bytes.subarray(index * bytes, (index + 1) * bytes),
      ...(stored.scales && scales ? { scales: stored.scales.subarray(index * scales, (index + 1) * scales) } : {}),
    })
  }
}
