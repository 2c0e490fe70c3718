import { PhotodoodleError } from './errors'

/**
 * Seeded randomness that is the same to the last bit in every browser and in Node: 32-bit integer operations and
 * float64 + - * / and sqrt only, which IEEE 754 and ECMAScript define exactly. Math.log, cos and exp may differ between
 * engines.
 */

/** sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state; passes BigCrush. */
export class Random {
  private a: number
  private b: number
  private c = 0
  private counter = 1

  /**
   * @param seed whole number, 0 to 2^53 - 1
   * @throws BadRequest for any other number
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new PhotodoodleError(
        'BadRequest',
        `The seed ${seed} cannot be used.`,
        'Give a whole number from 0 to 9007199254740991.',
      )
    }
    this.a = seed | 0
    this.b = Math.floor(seed / 2 ** 32) | 0
    // The author's seeding: mix until every state bit depends on every seed bit.
    for (let i = 0; i < 15; i++) this.bits()
  }

  /** 32 uniform bits as an unsigned integer. */
  bits(): number {
    const out = (this.a + this.b + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + out) | 0
    return out >>> 0
  }

  /** Uniform in the open interval (0, 1), 52 bits. */
  uniform(): number {
    const high = this.bits() >>> 6
    const low = this.bits() >>> 6
    return (high * 2 ** 26 + low + 0.5) * 2 ** -52
  }

  /** Standard normal, one uniform per sample. */
  normal(): number {
    return inverseNormal(this.uniform())
  }
}

/**
 * Standard normal samples.
 * @param seed whole number, 0 to 2^53 - 1
 * @returns `count` float32 values; a longer call starts with the same values
 */
export function gaussian(seed: number, count: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = random.normal()
  return out
}

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)

/** Natural logarithm of a positive normal number, to about 1 ulp: x = m 2^e, ln m = 2 atanh((m - 1) / (m + 1)). */
export function stableLog(x: number): number {
  float[0] = x
  // Little-endian words: every platform that runs a browser or Node.
  let exponent = (words[1]! >>> 20) - 1023
  words[1] = (words[1]! & 0xfffff) | (1023 << 20)
  let m = float[0]
  if (m > Math.SQRT2) {
    m /= 2
    exponent += 1
  }
  const t = (m - 1) / (m + 1)
  const t2 = t * t
  let sum = 0
  // |t| <= 0.1716, so the series has converged to 1e-17 by t^23.
  for (let k = 23; k >= 1; k -= 2) sum = sum * t2 + 1 / k
  return exponent * 0.6931471805599453 + 2 * t * sum
}

function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i]!
  return sum
}

/**
 * Inverse of the standard normal distribution function, relative error about 1e-16.
 * Source: Wichura 1988, algorithm AS 241 (PPND16); coefficients from the highest power down.
 * @param p in (0, 1)
 */
export function inverseNormal(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(r, CENTRE.above)) / polynomial(r, CENTRE.below)
  }
  const r = Math.sqrt(-stableLog(q < 0 ? p : 1 - p))
  const value =
    r <= 5
      ? polynomial(r - 1.6, TAIL.above) / polynomial(r - 1.6, TAIL.below)
      : polynomial(r - 5, FAR_TAIL.above) / polynomial(r - 5, FAR_TAIL.below)
  return q < 0 ? -value : value
}

const CENTRE = {
  above: [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  below: [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
}
const TAIL = {
  above: [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  below: [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
}
const FAR_TAIL = {
  above: [
    2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  below: [
    2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
}
