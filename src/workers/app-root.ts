/**
 * The folder that the app is served from, seen from a worker. A build knows it only relatively, so that it runs under
 * any path; its workers lie in `assets`.
 */
export function appRoot(): URL {
  const base = import.meta.env.BASE_URL
  return new URL(base === './' ? '../' : base, self.location.href)
}
