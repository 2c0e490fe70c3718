import { expect, test } from 'vitest'
import type { EngineApi } from './engine-api'
import type { PictureApi } from './picture-api'

/** True for `any` alone: it is the one type that is both sides of every intersection. */
type IsAny<T> = 0 extends 1 & T ? true : false

/** True when `any` hides anywhere in a type: in arguments, results, promises, arrays, callbacks or members. */
type HasAny<T> =
  IsAny<T> extends true
    ? true
    : T extends string | number | boolean | bigint | symbol | null | undefined | void
      ? false
      : T extends Blob | ArrayBuffer | Uint8ClampedArray | Uint8Array | Float32Array | ImageBitmap
        ? false
        : T extends (...args: infer A) => infer R
          ? Or<HasAny<R>, HasAny<A>>
          : T extends Promise<infer R>
            ? HasAny<R>
            : T extends readonly (infer E)[]
              ? HasAny<E>
              : true extends { [K in keyof T]-?: HasAny<T[K]> }[keyof T]
                ? true
                : false

type Or<A, B> = true extends A | B ? true : false

type AnyValue = ReturnType<typeof JSON.parse>
interface Leaky {
  nested(callback: (progress: readonly { inner?: AnyValue }[]) => void): Promise<number>
}

// Compile-time assertions: `npm run types` fails when one of these does not hold.
const engine: HasAny<EngineApi> = false
const picture: HasAny<PictureApi> = false
const detector: HasAny<Leaky> = true

test('the workers’ doors have no `any` in them (checked by the compiler), and the check can fail', () => {
  expect([engine, picture, detector]).toEqual([false, false, true])
})
