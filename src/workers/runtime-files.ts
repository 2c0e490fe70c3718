import jspiLoader from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url'
import jspiWasm from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'
import asyncifyLoader from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'
import asyncifyWasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import cpuLoader from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url'
import cpuWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import type { RuntimeBuild } from './engine-api'

const files: Readonly<Record<RuntimeBuild, { readonly loader: string; readonly wasm: string }>> = {
  jspi: { loader: jspiLoader, wasm: jspiWasm },
  asyncify: { loader: asyncifyLoader, wasm: asyncifyWasm },
  wasm: { loader: cpuLoader, wasm: cpuWasm },
}

/** Where a build of onnxruntime-web is served, as whole URLs. */
export function runtimeFiles(build: RuntimeBuild): { readonly loader: string; readonly wasm: string } {
  const { loader, wasm } = files[build]
  return { loader: new URL(loader, self.location.href).href, wasm: new URL(wasm, self.location.href).href }
}
