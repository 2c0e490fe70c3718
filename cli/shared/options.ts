import { InvalidArgumentError, Option } from 'commander'
import {
  isInRange,
  rangeOf,
  settingNames,
  settingOf,
  type FlagName,
  type SettingName,
} from '../../src/engine/core/settings'
import type { StyleUse } from '../../src/engine/pipelines/style-set'

function number(value: string): number {
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
  if (id.trim() === '' || id.endsWith(':'))
    throw new InvalidArgumentError('a style is needed, with or without a strength: magic, magic:0.7')
  return [...before, strength === undefined ? { id } : { id, strength: Number(strength) }]
}

/** What the flags of the table of settings say. */
export type SettingFlags = { readonly [Name in FlagName]?: number }

/** A flag for every setting that has one, e.g. `--cfg-scale <x>`. */
export function settingFlags(): readonly Option[] {
  return settingNames.flatMap((name) => {
    const { flag, meaning, scope, group, default: value } = settingOf(name)
    if (flag === undefined) return []
    const option = new Option(`--${kebab(name)} ${flag}`, meaning).argParser((typed) => settingValue(name, typed))
    // What the request or the model decides has no default here.
    return scope === 'call' || group === 'what' ? option.default(value) : option
  })
}

function settingValue(name: SettingName, typed: string): number {
  const value = number(typed)
  if (!isInRange(name, value)) throw new InvalidArgumentError(`${rangeOf(name)} is needed`)
  return value
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
