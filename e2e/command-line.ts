import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pixels, type Pixels } from './pixels'

/** `photodoodle edit` on a JPEG, as a person would run it; the PNG it writes. */
export async function editOnCommandLine(jpeg: Buffer, instruction: string, flags: readonly string[]): Promise<Pixels> {
  const folder = await mkdtemp(join(tmpdir(), 'photodoodle-'))
  try {
    const [photo, result] = [join(folder, 'photo.jpg'), join(folder, 'result.png')]
    await writeFile(photo, jpeg)
    await promisify(execFile)('npx', ['photodoodle', 'edit', photo, instruction, '-o', result, ...flags])
    return await pixels(await readFile(result))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** `photodoodle compose`: what a saved PNG's recipe says, on its photo. @param photo PNG */
export async function composeOnCommandLine(photo: Buffer, saved: Buffer): Promise<Pixels> {
  const folder = await mkdtemp(join(tmpdir(), 'photodoodle-'))
  try {
    const [original, recipe, result] = ['photo.png', 'saved.png', 'result.png'].map((name) => join(folder, name))
    await writeFile(original!, photo)
    await writeFile(recipe!, saved)
    await promisify(execFile)('npx', ['photodoodle', 'compose', original!, recipe!, '-o', result!])
    return await pixels(await readFile(result!))
  } finally {
    await rm(folder, { recursive: true })
  }
}
