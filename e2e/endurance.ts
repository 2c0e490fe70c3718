import { appendFileSync } from 'node:fs'

/** `npm run endure` asks for many rounds and for other seeds; every run of the tests takes a few. */
export const rounds = (few: number): number => Number(process.env['ENDURE_COUNT'] ?? few)

/** Each round has a seed of its own: this one and those that follow. So `--seed` goes on behind the last that held. */
export const firstSeed = Number(process.env['ENDURE_SEED'] ?? 1)

/** A page opens within this however busy the machine is, in milliseconds. */
export const PATIENCE = 600_000

/** A line for each round, kept in a file too: what has been shown so far, should a run of hours be cut off. */
export function tell(line: Readonly<Record<string, unknown>>): void {
  const words = JSON.stringify(line)
  console.log(words)
  const log = process.env['ENDURE_LOG']
  if (log !== undefined) appendFileSync(log, `${words}\n`)
}
