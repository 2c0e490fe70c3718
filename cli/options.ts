import { InvalidArgumentError } from 'commander'
import type { StyleUse } from '../src/engine/pipelines/style-set'

export function number(value: string): number {
  const parsed = Number(value)
  if (value.trim() === '' || !Number.isFinite(parsed)) throw new InvalidArgumentError('a number is needed')
  return parsed
}

export function whole(value: string): number {
  const parsed = number(value)
  if (!Number.isInteger(parsed) || parsed < 0) throw new InvalidArgumentError('a whole number, 0 or more, is needed')
  return parsed
}

/** A style as it was typed; without a strength of its own it takes the command's. */
export type TypedStyle = Pick<StyleUse, 'id'> & Partial<StyleUse>

/** For a repeatable option: `magic`, `magic:0.7`, `my-style.safetensors:0.5`; `none` adds nothing. */
export function styles(value: string, before: readonly TypedStyle[] = []): readonly TypedStyle[] {
  if (value === 'none') return before
  const [, id = value, strength] = /^(.+?)(?::(-?\d*\.?\d+))?$/.exec(value) ?? []
  if (id.trim() === '' || id.endsWith(':')) throw new InvalidArgumentError('a style is needed, with or without a strength: magic, magic:0.7')
  return [...before, strength === undefined ? { id } : { id, strength: Number(strength) }]
}
