import { benchmarkSwitches, type SwitchFigures } from '../../src/engine/checks/bench/switches'
import { openBrowserEngine } from '../shared/browser/harness'
import { embeddedMatte, loadModel } from '../shared/model'

/** `bench --switches`: style switches alone, on every provider there is. */
export async function benchSwitches(model: string): Promise<void> {
  const { engine, close } = await loadModel(model)
  try {
    print('Node CPU (onnxruntime-node)', await benchmarkSwitches(engine))
  } finally {
    await close()
  }
  for (const [provider, name] of [
    ['wasm', 'wasm (Chromium)'],
    ['webgpu', 'WebGPU (Chromium, SwiftShader)'],
  ] as const) {
    const browser = await openBrowserEngine(provider, [model, embeddedMatte])
    try {
      print(name, await browser.switches(model, embeddedMatte))
    } finally {
      await browser.close()
    }
  }
}

function print(name: string, { first, later, switches }: SwitchFigures): void {
  const millis = (value: number): string => `${value.toFixed(1)} ms`
  console.log(
    `${name}: first use median ${millis(first.median)}, most ${millis(first.most)}; ` +
      `${switches} switches among styles read before: median ${millis(later.median)}, most ${millis(later.most)}`,
  )
}
