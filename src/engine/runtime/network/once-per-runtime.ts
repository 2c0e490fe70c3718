import type { Runtime } from '../runtime'

/** Finds out once, and answers every caller with the same runtime. */
export function oncePerRuntime<T>(find: (runtime: Runtime) => Promise<T>): (runtime: Runtime) => Promise<T> {
  const answers = new WeakMap<Runtime, Promise<T>>()
  return (runtime) => {
    const answer = answers.get(runtime) ?? find(runtime)
    answers.set(runtime, answer)
    return answer
  }
}
