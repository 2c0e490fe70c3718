import { AS_DRAWN, BLENDS, DEPTHS, type Look, type Pose, type Recolouring, type Rgb } from '../../workers/engine-api'

/** What sliders and handles stay within; a file may say anything. */
export const LIMITS = {
  move: 4,
  scale: { min: 0.05, max: 12 },
  /** Colours shown as others. */
  colours: 8,
  hue: 180,
  border: 0.04,
} as const

/**
 * An object's look from a file: numbers brought into their ranges, what is not known left out.
 * @throws TypeError for what is no number where one belongs
 */
export function lookFrom(value: Readonly<Record<string, unknown>>): Look {
  const { pose, depth, recolour, hue, brightness, border, shadow, blend } = value
  const known = <T extends string>(list: readonly T[], one: unknown): T | undefined => list.find((name) => name === one)
  const amount = (one: unknown, low: number, high: number) =>
    one === undefined ? undefined : within(number(one), low, high)
  return withoutAbsent({
    pose: pose === undefined ? undefined : poseFrom(pose),
    depth: known(DEPTHS, depth),
    recolour: recolour === undefined ? undefined : recolouringsFrom(recolour),
    hue: amount(hue, -LIMITS.hue, LIMITS.hue),
    brightness: amount(brightness, -1, 1),
    border: amount(border, 0, LIMITS.border),
    shadow: amount(shadow, 0, 1),
    blend: known(BLENDS, blend),
  })
}

/** The look with what is said of it changed; what is undefined is as drawn. Undefined when all of it is as drawn. */
export function changedLook(
  look: Look | undefined,
  change: { readonly [K in keyof Look]?: Look[K] | undefined },
): Look | undefined {
  const next = withoutAbsent({ ...look, ...change })
  return Object.keys(next).length === 0 ? undefined : next
}

/** A pose within what can be seen and held; undefined for one that changes nothing. */
export function sanePose({ x, y, scale, turn, mirrored }: Pose): Pose | undefined {
  // -180 < turn <= 180
  const turned = turn - 360 * Math.ceil((turn - 180) / 360)
  const pose = {
    x: within(x, -LIMITS.move, LIMITS.move),
    y: within(y, -LIMITS.move, LIMITS.move),
    scale: within(scale, LIMITS.scale.min, LIMITS.scale.max),
    turn: turned,
    mirrored,
  }
  return Object.entries(AS_DRAWN).every(([key, drawn]) => pose[key as keyof Pose] === drawn) ? undefined : pose
}

function poseFrom(value: unknown): Pose | undefined {
  if (typeof value !== 'object' || value === null) throw new TypeError('no pose')
  const { x, y, scale, turn, mirrored } = value as Record<string, unknown>
  return sanePose({ x: number(x), y: number(y), scale: number(scale), turn: number(turn), mirrored: mirrored === true })
}

function recolouringsFrom(value: unknown): readonly Recolouring[] {
  if (!Array.isArray(value)) throw new TypeError('no colours')
  return value.slice(0, LIMITS.colours).map((one: unknown) => {
    if (typeof one !== 'object' || one === null) throw new TypeError('no colour')
    const { from, to } = one as Record<string, unknown>
    return { from: rgbFrom(from), to: rgbFrom(to) }
  })
}

function rgbFrom(value: unknown): Rgb {
  if (!Array.isArray(value) || value.length !== 3) throw new TypeError('no colour')
  const [red, green, blue] = value.map((one: unknown) => Math.round(within(number(one), 0, 255)))
  return [red ?? 0, green ?? 0, blue ?? 0]
}

function withoutAbsent(look: { readonly [K in keyof Look]?: Look[K] | undefined }): Look {
  return Object.fromEntries(Object.entries(look).filter(([, value]) => value !== undefined))
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('no number')
  return value
}
