#!/usr/bin/env node
/**
 * What the registry knows against the versions in package-lock.json. Fails on advisories of high and critical severity;
 * where no registry answers, that is said and nothing fails: `.ci/run` must pass without a network.
 *   node scripts/audit.mjs [options of npm audit]
 */
import { spawnSync } from 'node:child_process'
import { root } from './setup.mjs'

const SERIOUS = ['high', 'critical']

const { stdout } = spawnSync(
  'npm',
  ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=30000', ...process.argv.slice(2)],
  { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] },
)
const report = parsed(stdout)
if (report?.metadata?.vulnerabilities === undefined) {
  const why = report?.message ?? report?.error?.summary ?? 'npm audit gave no report'
  console.log(`Dependencies were not audited: ${String(why).split('\n')[0]}`)
} else {
  const found = Object.values(report.vulnerabilities).filter(({ severity }) => SERIOUS.includes(severity))
  for (const { name, severity, range, via } of found) {
    const titles = via.map((cause) => (typeof cause === 'string' ? `by ${cause}` : `${cause.title} ${cause.url}`))
    console.error(`${severity}: ${name} ${range}: ${titles.join('; ')}`)
  }
  const { total } = report.metadata.vulnerabilities
  console.log(`Dependencies audited: ${found.length} of high or critical severity, ${total - found.length} others.`)
  if (found.length > 0) process.exit(1)
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
