/**
 * onnxruntime-node's side of `photodoodle bench` in a process of its own, as PyTorch has one: the bench's heap, with a
 * browser's driver and a file server in it, would make every garbage collection dear.
 *
 * node --import tsx cli/bench/node-side.ts PHOTO MODEL THREADS
 *
 * Prints {} once, then for each line {"seed", "anew"} of its input the cost of one edit.
 */
import { createInterface } from 'node:readline'
import { openEditing } from '../../src/engine/checks/bench/run'
import { nodePlace } from './sides'

const [photo, model, threads] = process.argv.slice(2)
if (photo === undefined || model === undefined || threads === undefined)
  throw new Error('Give a photo, a model folder and a number of threads.')
const editing = await openEditing(await nodePlace(photo, model, Number(threads)))
console.log('{}')
for await (const line of createInterface({ input: process.stdin })) {
  const { seed, anew } = JSON.parse(line) as { readonly seed: number; readonly anew: boolean }
  console.log(JSON.stringify(await editing.edit(seed, anew)))
}
await editing.close()
