import { afterEach, expect, test, vi } from 'vitest'
import { takeLaunched } from './launch'

vi.mock('../store', () => ({ editor: { getState: () => ({ samples: [] }) } }))
vi.mock('./photo', () => ({ openSample: vi.fn() }))
vi.mock('./projects', () => ({ openGallery: vi.fn() }))
afterEach(() => {
  vi.unstubAllGlobals()
})

type Launch = (launch: { files: readonly { getFile(): Promise<File> }[] }) => void

function queue(): { launch: Launch } {
  const consumer = { launch: (() => undefined) as Launch }
  vi.stubGlobal('location', { search: '' })
  vi.stubGlobal('launchQueue', {
    setConsumer: (take: Launch) => {
      consumer.launch = take
    },
  })
  return consumer
}

test('files that the system opens with the installed app are opened together, at every launch', async () => {
  const consumer = queue()
  const opened: string[][] = []
  takeLaunched((files) => Promise.resolve(void opened.push(files.map(({ name }) => name))))
  const handle = (name: string) => ({ getFile: () => Promise.resolve(new File(['x'], name)) })
  consumer.launch({ files: [handle('a.jpg'), handle('b.safetensors')] })
  // Started by its icon.
  consumer.launch({ files: [] })
  consumer.launch({ files: [handle('c.png')] })
  await vi.waitFor(() => {
    expect(opened).toEqual([['a.jpg', 'b.safetensors'], ['c.png']])
  })
})

test('a browser without a launch queue starts as ever', () => {
  vi.stubGlobal('location', { search: '' })
  const open = vi.fn(() => Promise.resolve())
  takeLaunched(open)
  expect(open).not.toHaveBeenCalled()
})
