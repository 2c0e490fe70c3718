/** A reference case on disk: what all kinds of it share. */
import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { maxAbsDifference, relativeL2 } from '../core/tensor'
import { openSafetensors } from '../formats/safetensors'
import { readTensor } from '../formats/weight-store'
import type { WeightStore } from '../formats/weight-store'
import type { Grid } from '../models/transformer/position-ids'

/** One compared tensor of a parity case. */
export interface ParityFigure {
  readonly tensor: string
  /** ||ours - expected|| / ||expected|| */
  readonly relL2: number
  readonly maxAbs: number
  /** Largest allowed relL2. */
  readonly tolerance: number
}

export interface ParityCase {
  readonly json: Readonly<Record<string, unknown>>
  /** The case's folder. */
  readonly files: FileTree
  readonly inputs: WeightStore
  readonly expected: WeightStore
  readonly tolerance: number
}

/**
 * @param folder inside `tree`; "" when the tree is the case itself
 * @throws BadRequest when case.json does not say what every case must
 */
export async function openParityCase(tree: FileTree, folder: string): Promise<ParityCase> {
  const files: FileTree = { open: (path) => tree.open(folder === '' ? path : `${folder}/${path}`) }
  const json = await readCase(files)
  const tolerance = (json['tolerance'] as { rel_l2?: unknown } | undefined)?.rel_l2
  if (typeof tolerance !== 'number') throw badCase('has no tolerance.rel_l2')
  return {
    json,
    files,
    tolerance,
    inputs: await openTensors(files, json['inputs']),
    expected: await openTensors(files, json['expected']),
  }
}

/** @param file a name from case.json */
export async function openTensors(files: FileTree, file: unknown): Promise<WeightStore> {
  if (typeof file !== 'string') throw badCase('does not name all its files')
  return openSafetensors(await files.open(file))
}

export async function compare(
  { expected, tolerance }: ParityCase,
  name: string,
  ours: Float32Array,
): Promise<ParityFigure> {
  const { data } = await readTensor(expected, name)
  return { tensor: name, relL2: relativeL2(ours, data), maxAbs: maxAbsDifference(ours, data), tolerance }
}

export function readGrid(json: Readonly<Record<string, unknown>>): Grid {
  const grid: unknown = json['grid']
  if (!Array.isArray(grid) || grid.length !== 2) throw badCase('has no grid [rows, columns]')
  return { rows: Number(grid[0]), columns: Number(grid[1]) }
}

/** @param entry one of case.json that must be a number */
export function readNumber(json: Readonly<Record<string, unknown>>, entry: string): number {
  const value = json[entry]
  if (typeof value !== 'number') throw badCase(`has no number "${entry}"`)
  return value
}

async function readCase(files: FileTree): Promise<Record<string, unknown>> {
  const source = await files.open('case.json')
  const value: unknown = JSON.parse(new TextDecoder().decode(await source.read(0, source.size)))
  if (typeof value !== 'object' || value === null) throw badCase('is not an object')
  return value as Record<string, unknown>
}

export function badCase(what: string, remedy = 'See the README of the parity cases.'): PhotodoodleError {
  return new PhotodoodleError('BadRequest', `The parity case ${what}.`, remedy)
}
