/** The page /bench/: times every stage of an edit in this browser. The editor knows nothing of it. */
import { proxy, wrap } from 'comlink'
import type { BenchAnswer, BenchApi, Cost } from '../../workers/bench-api'
import { trustOwnScripts } from '../../workers/trusted-scripts'
import './bench.css'

trustOwnScripts()

const RUNS = 5

const main = document.getElementById('bench')!
const query = new URLSearchParams(location.search)
const asked = query.get('provider')

const element = <K extends keyof HTMLElementTagNameMap>(name: K, text = ''): HTMLElementTagNameMap[K] =>
  Object.assign(document.createElement(name), { textContent: text })

const begin = element('button', 'Measure')
begin.type = 'button'
const status = element('p', 'Times every stage of a doodle in this browser. Nothing is sent anywhere.')
status.setAttribute('role', 'status')
const results = element('section')
main.append(element('h1', 'PhotoDoodle bench'), status, begin, results)

begin.addEventListener('click', () => void measure())

async function measure(): Promise<void> {
  begin.disabled = true
  results.replaceChildren()
  let worker: Worker | undefined
  try {
    worker = new Worker(new URL('../../workers/bench.worker.ts', import.meta.url), { type: 'module' })
    const answer = await wrap<BenchApi>(worker).run(
      {
        ...(asked === 'wasm' || asked === 'webgpu' ? { provider: asked } : {}),
        runs: RUNS,
        growth: query.has('growth'),
      },
      proxy((what) => (status.textContent = `Measuring: ${what} …`)),
    )
    show(answer)
    status.textContent = 'Done.'
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error)
  } finally {
    worker?.terminate()
    begin.disabled = false
  }
}

function show(answer: BenchAnswer): void {
  const { capabilities, report } = answer
  const { loop, products, copy } = report.limits
  const about = { userAgent: navigator.userAgent, cores: navigator.hardwareConcurrency, ...answer }
  const link = element('a', 'All figures as JSON')
  link.href = URL.createObjectURL(new Blob([JSON.stringify(about, undefined, 2)], { type: 'application/json' }))
  link.download = 'photodoodle-bench.json'
  results.append(
    element('p', `${capabilities.reason} Build ${capabilities.build}.`),
    table(
      ['Stage', 'ms', 'paid'],
      report.stages.map(({ name, cost, paid }) => [name, millis(cost), paid]),
    ),
    table(
      ['Drawing loop beside the provider', 'GFLOP/s', 'ratio'],
      [
        ['drawing loop', loop.toFixed(1), ''],
        ...products.map(({ size, rate }) => [`product ${size}`, rate.toFixed(1), (loop / rate).toFixed(2)]),
        ['memory copied, GB/s', copy.toFixed(1), ''],
      ],
    ),
    ...report.growth.map(({ what, unit, rows }) =>
      table(
        [what, 'ms'],
        rows.map(({ amount, cost }) => [`${amount} ${unit}`, millis(cost)]),
      ),
    ),
    link,
  )
}

const millis = ({ wall }: Cost): string => wall.toFixed(wall < 10 ? 2 : 1)

function table(head: readonly string[], rows: readonly (readonly string[])[]): HTMLTableElement {
  const made = element('table')
  made
    .createTHead()
    .insertRow()
    .append(...head.map((name) => element('th', name)))
  const body = made.createTBody()
  for (const row of rows) body.insertRow().append(...row.map((cell) => element('td', cell)))
  return made
}
