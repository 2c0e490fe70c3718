/**
 * What a page of ours may do, as headers. Sent by our own server, and added by the service worker to everything it
 * answers, so that a static host without headers serves the same. docs/security.md says what each is for.
 */

/**
 * Only our own origin, no inline script, no eval beyond WebAssembly. `blob:` pictures are the photo and the results.
 * Script URLs pass one policy that knows our own origin only (src/workers/trusted-scripts.ts); strings never become
 * HTML.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types default',
].join('; ')

/** Cross-origin isolation gives SharedArrayBuffer, which the threads of the wasm provider need. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** The camera is that of the file picker, which asks for no permission of ours. */
const refused = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]

export const securityHeaders = {
  ...isolation,
  // Workers take their policy from their own response; framing is refused by a header only.
  'Content-Security-Policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
  'Permissions-Policy': refused.map((feature) => `${feature}=()`).join(', '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const
