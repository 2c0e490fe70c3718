/** Floats that are kept: what an element of 256 x 256 pixels needs. Larger arrays are made anew and left to go. */
const KEPT = 2 ** 20

/**
 * Room for the planes that a function needs while it runs, kept from call to call: new arrays of some megabytes an
 * element would make the garbage collector go over the whole heap again and again. For functions without `await`, one
 * of these each; what one call has written the next one overwrites.
 */
export class Scratch {
  private room = new Float32Array(0)

  /**
   * @param lengths of the planes, in floats
   * @returns planes of these lengths that do not overlap, with anything in them
   */
  planes<const Lengths extends readonly number[]>(...lengths: Lengths): { [K in keyof Lengths]: Float32Array } {
    const length = lengths.reduce((sum, one) => sum + one, 0)
    const room = length > this.room.length ? new Float32Array(length) : this.room
    if (length <= KEPT) this.room = room
    let end = 0
    return lengths.map((one) => room.subarray(end, (end += one))) as { [K in keyof Lengths]: Float32Array }
  }
}
