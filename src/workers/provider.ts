import { PhotodoodleError } from '../engine/core/errors'
import { tensor } from '../engine/core/tensor'
import { GraphBuilder } from '../engine/onnx/graph-builder'
import { numericLimits, requestDevice } from '../engine/runtime/ort/gpu-device'
import { selfTestAttention, type AttentionVerdict } from '../engine/runtime/network/attention-selftest'
import { Runtime, type Ort } from '../engine/runtime/runtime'
import { isSoftwareName, threadCount } from './adapter-rules'
import type {
  AdapterInfo,
  Capabilities,
  EngineOptions,
  ProviderName,
  RefusedProvider,
  RuntimeBuild,
} from './engine-api'
import { runtimeFiles } from './runtime-files'

export interface OpenedProvider {
  readonly runtime: Runtime
  readonly capabilities: Capabilities
}

/** Why a candidate cannot be used; the next one is tried. */
class Refusal extends Error {}

interface Build {
  readonly provider: ProviderName
  /** Each build is a chunk of its own, fetched when it is chosen. */
  readonly load: () => Promise<Ort>
}

const builds: Readonly<Record<RuntimeBuild, Build>> = {
  // JSPI: smaller and faster than asyncify, where the browser can suspend WebAssembly by itself.
  jspi: { provider: 'webgpu', load: () => import('onnxruntime-web/jspi') },
  asyncify: { provider: 'webgpu', load: () => import('onnxruntime-web/webgpu') },
  wasm: { provider: 'wasm', load: () => import('onnxruntime-web/wasm') },
}

const order: readonly RuntimeBuild[] = ['jspi', 'asyncify', 'wasm']

/**
 * Opens onnxruntime on the first provider that works: WebGPU by JSPI, WebGPU by asyncify, then the CPU (wasm, threads +
 * SIMD). One provider at a time: a session never falls back silently, and every refusal is kept with its reason.
 * @throws NoProvider when none works, with all the reasons
 */
export async function openProvider({ provider, because }: EngineOptions): Promise<OpenedProvider> {
  const refused: RefusedProvider[] = []
  for (const build of order) {
    const candidate = builds[build]
    try {
      if (provider !== undefined && provider !== candidate.provider)
        throw new Refusal(because ?? `${provider} was asked for`)
      return candidate.provider === 'webgpu'
        ? await openWebGpu(build, refused, provider === 'webgpu')
        : await openCpu(refused, provider === 'wasm' && because === undefined)
    } catch (error) {
      refused.push({
        build,
        provider: candidate.provider,
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }
  const reasons = refused.map(({ build, reason }) => `${build}: ${reason}`).join('; ')
  throw new PhotodoodleError(
    'NoProvider',
    `The model cannot run in this browser (${reasons}).`,
    'Use a current Chrome, Edge, Firefox or Safari.',
  )
}

async function openWebGpu(
  build: RuntimeBuild,
  refused: readonly RefusedProvider[],
  forced: boolean,
): Promise<OpenedProvider> {
  if (build === 'jspi' && !('Suspending' in WebAssembly))
    throw new Refusal('this browser cannot suspend WebAssembly (JSPI)')
  if (!('gpu' in navigator)) throw new Refusal('this browser has no WebGPU')
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Refusal('no graphics adapter was found')
  const info = describeAdapter(adapter)
  if (info.software && !forced)
    throw new Refusal(
      `the graphics adapter (${info.description || info.vendor}) is ` +
        'imitated on the CPU, where the CPU provider is 45 to 80 times faster',
    )
  const device = await requestDevice(adapter)
  let inUse = true
  // A call that waits for a device that is gone may never end: the page hears of it as of any crash, and starts another
  // worker.
  void device.lost.then(({ message }) => {
    if (inUse) reportError(new Error(`the graphics device was lost: ${message}`))
  })
  try {
    const ort = await loadBuild(build, 1)
    const runtime = new Runtime(ort, { provider: 'webgpu', device })
    return {
      runtime,
      capabilities: {
        ...shared(build, refused),
        reason:
          `${[info.vendor, info.architecture].filter(Boolean).join(' ') || 'The graphics processor'} ` +
          `through WebGPU${forced ? ', as asked for' : ''}.`,
        threads: 1,
        adapter: info,
        features: [...device.features].sort(),
        limits: numericLimits(device.limits),
        attention: await checkAttention(runtime),
      },
    }
  } catch (error) {
    inUse = false
    device.destroy()
    throw error
  }
}

async function openCpu(refused: readonly RefusedProvider[], forced: boolean): Promise<OpenedProvider> {
  const threads = crossOriginIsolated ? threadCount(navigator.hardwareConcurrency) : 1
  const ort = await loadBuild('wasm', threads)
  const runtime = new Runtime(ort, { provider: 'wasm' })
  const gpu = refused.find((refusal) => refusal.provider === 'webgpu')
  const why = forced ? ', as asked for' : gpu === undefined ? '' : `; WebGPU was not used: ${gpu.reason}`
  return {
    runtime,
    capabilities: {
      ...shared('wasm', refused),
      reason:
        `The processor, ${threads === 1 ? '1 thread' : `${threads} threads`}` +
        `${crossOriginIsolated ? '' : ' (the page is not cross-origin isolated)'}${why}.`,
      threads,
      adapter: null,
      features: [],
      limits: {},
      attention: await checkAttention(runtime),
    },
  }
}

function shared(
  build: RuntimeBuild,
  refused: readonly RefusedProvider[],
): Pick<Capabilities, 'provider' | 'build' | 'refused' | 'isolated' | 'deviceMemory'> {
  const { deviceMemory } = navigator as { deviceMemory?: number }
  return {
    provider: builds[build].provider,
    build,
    refused: [...refused],
    isolated: crossOriginIsolated,
    deviceMemory: deviceMemory ?? null,
  }
}

async function loadBuild(build: RuntimeBuild, threads: number): Promise<Ort> {
  const { loader, wasm } = runtimeFiles(build)
  const ort = await builds[build].load()
  ort.env.wasm.wasmPaths = { mjs: loader, wasm }
  ort.env.wasm.numThreads = threads
  return ort
}

/**
 * Proves that the build opens and runs a session at all (a failure here refuses the provider), then tries the fused
 * kernel.
 * @throws RuntimeFailed, and whatever loading the wasm throws
 */
async function checkAttention(runtime: Runtime): Promise<AttentionVerdict> {
  const graph = new GraphBuilder('provider_check')
  const x = graph.input('x', [4])
  graph.output('y', graph.node('Add', [x, x]), [4])
  const session = await runtime.createSession(graph.build())
  const { y } = await session.run({ x: tensor([4], Float32Array.of(1, 2, 3, 4)) })
  await session.release()
  if (y?.data[3] !== 8) throw new Refusal('it adds wrongly')
  return selfTestAttention(runtime)
}

function describeAdapter(adapter: GPUAdapter): AdapterInfo {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info
  const software = isFallbackAdapter || isSoftwareName([vendor, architecture, device, description].join(' '))
  return { vendor, architecture, device, description, software }
}
