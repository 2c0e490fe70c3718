import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { precompressed } from './scripts/precompressed.ts'
import { appManifest } from './src/sw/app-manifest.ts'
import { contentSecurityPolicy, isolation, securityHeaders } from './src/sw/security-headers.ts'

/** The development server injects inline scripts and styles, so the policy is for builds only. */
function policyMeta(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
  }
}

/** See src/sw/sw.ts; the page registers it itself (src/ui/actions/offline.ts). */
const offline = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src/sw',
  filename: 'sw.ts',
  injectRegister: false,
  manifest: appManifest,
  includeManifestIcons: false,
  injectManifest: {
    rollupFormat: 'iife',
    globPatterns: ['**/*.{html,js,mjs,css,json,bin,onnx,txt,svg,webp,jpg,png,woff2,wasm}'],
    // WebGPU's builds of onnxruntime: a device uses one at most, which the page asks for. Screenshots are for app
    // stores.
    globIgnores: ['**/ort-wasm-simd-threaded.{jspi,asyncify}-*.wasm', 'pwa/screenshot-*'],
    dontCacheBustURLsMatching: /^assets\//,
    maximumFileSizeToCacheInBytes: 64e6,
  },
})

export default defineConfig({
  plugins: [react(), policyMeta(), offline, precompressed(securityHeaders)],
  // Relative, so that a build runs under any path of any host.
  base: './',
  // A missing model file must be a 404, not the page.
  appType: 'mpa',
  resolve: {
    // onnxruntime-web without its wasm loader inlined: the loader and the wasm are served as files
    // (src/workers/provider.ts).
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'],
  },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  worker: { format: 'es' },
  build: {
    target: 'esnext',
    // No data: URLs, so that the policy need not allow them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor, and the page that times it.
    rollupOptions: { input: ['index.html', 'bench/index.html'] },
    chunkSizeWarningLimit: 600,
  },
  server: { headers: isolation },
  preview: { headers: securityHeaders },
})
