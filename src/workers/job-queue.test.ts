import { expect, test } from 'vitest'
import { JobQueue } from './job-queue'

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

test('tasks run one at a time, in order, also behind a failure', async () => {
  const queue = new JobQueue()
  const log: string[] = []
  const task =
    (name: string, fail = false) =>
    async () => {
      log.push(`${name} begins`)
      await soon()
      log.push(`${name} ends`)
      if (fail) throw new Error(name)
      return name
    }
  const results = await Promise.allSettled([
    queue.run('a', task('a')),
    queue.run('b', task('b', true)),
    queue.run(undefined, task('c')),
  ])
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('a waiting job that is cancelled never begins; a running one sees it between steps', async () => {
  const queue = new JobQueue()
  let steps = 0
  const running = queue.run('running', async (job) => {
    for (;;) {
      job.check()
      steps++
      await soon()
    }
  })
  let began = false
  const waiting = queue.run('waiting', () => {
    began = true
    return Promise.resolve()
  })
  await soon()
  queue.cancel('waiting')
  queue.cancel('running')
  await expect(running).rejects.toMatchObject({ name: 'Cancelled' })
  await expect(waiting).rejects.toMatchObject({ name: 'Cancelled' })
  expect(steps).toBeGreaterThan(0)
  expect(began).toBe(false)
})

test('waiting for shared work ends at once when cancelled, and the work goes on', async () => {
  const queue = new JobQueue()
  let finish = (): void => undefined
  const download = new Promise<string>((resolve) => {
    finish = () => resolve('model')
  })
  const job = queue.run('job', (own) => own.waitFor(download))
  await soon()
  queue.cancel('job')
  await expect(job).rejects.toMatchObject({ name: 'Cancelled' })
  finish()
  await expect(download).resolves.toBe('model')
})

test('cancelling an unknown or finished job is harmless', async () => {
  const queue = new JobQueue()
  await queue.run('done', () => Promise.resolve(1))
  queue.cancel('done')
  queue.cancel('never was')
  await expect(queue.run('done', () => Promise.resolve(2))).resolves.toBe(2)
})
