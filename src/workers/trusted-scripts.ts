/** `trustedTypes` of Chromium; other browsers do without. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): unknown
}

/**
 * The one Trusted Types policy (docs/security.md): workers and the service worker are started from our own origin only,
 * also by libraries. There is no rule for HTML or script text, so the browser refuses to make either from a string.
 */
export function trustOwnScripts(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  trustedTypes?.createPolicy('default', {
    createScriptURL: (url) => {
      if (new URL(url, self.location.href).origin !== self.location.origin)
        throw new TypeError(`${url} is not a script of this app.`)
      return url
    },
  })
}
