import { expose } from 'comlink'
import { expect, test } from 'vitest'
import type { EngineWorker } from './engine-session'
import { PictureClient } from './picture-client'

/** A picture worker that takes its time to decode a photo, behind a real message channel. */
class FakePicture {
  opened: string | undefined
  mattes = 0

  constructor(private readonly fails: () => boolean) {}

  async open(file: string): Promise<{ id: string }> {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (this.fails()) throw new Error('no memory')
    this.opened = file
    return { id: file }
  }

  setMatte(): void {
    this.mattes++
  }

  tile(): string {
    if (this.opened === undefined) throw new Error('There is no photo.')
    return `tile of ${this.opened}`
  }
}

function fakePictures(fails: (life: number) => boolean = () => false) {
  const lives: { picture: FakePicture; worker: EngineWorker & EventTarget }[] = []
  const client = new PictureClient(() => {
    const { port1, port2 } = new MessageChannel()
    const life = lives.length
    const picture = new FakePicture(() => fails(life))
    expose(picture, port2)
    const worker = Object.assign(port1, {
      terminate: () => {
        port1.close()
        port2.close()
      },
    })
    lives.push({ picture, worker })
    return worker
  })
  return { client, lives }
}

// A string stands for the photo's file.
const photo = (name: string) => name as unknown as Blob
const tile = (client: PictureClient) => client.call((api) => api.tile(0, 0, 0))
const matte = { width: 1, height: 1, data: new Uint8Array(1) }

test('all that is asked of a new worker waits until it holds the photo of the one that died', async () => {
  const { client, lives } = fakePictures()
  await client.open(photo('cat'))
  await client.setMatte(matte)
  lives[0]!.worker.dispatchEvent(new Event('error'))
  // Both at once: the second may not overtake the photo.
  await expect(Promise.all([tile(client), tile(client)])).resolves.toEqual(['tile of cat', 'tile of cat'])
  expect([lives.length, lives[1]!.picture.mattes]).toEqual([2, 1])
  lives[1]!.worker.terminate()
})

test('a worker that cannot take the photo over is not kept', async () => {
  const { client, lives } = fakePictures((life) => life === 1)
  await client.open(photo('cat'))
  lives[0]!.worker.dispatchEvent(new Event('error'))
  await expect(tile(client)).rejects.toThrow('no memory')
  await expect(tile(client)).resolves.toBe('tile of cat')
  expect(lives).toHaveLength(3)
  lives[2]!.worker.terminate()
})

test('another photo does not wait for the one before', async () => {
  const { client, lives } = fakePictures()
  await client.open(photo('cat'))
  lives[0]!.worker.dispatchEvent(new Event('error'))
  await client.open(photo('dog'))
  await expect(tile(client)).resolves.toBe('tile of dog')
  expect(lives).toHaveLength(2)
  lives[1]!.worker.terminate()
})
