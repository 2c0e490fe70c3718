/**
 * Every failure a user can meet has a stable `name` and a message that ends with what to do next.
 * Names survive the worker boundary (comlink copies `name` and `message`, not classes), so callers branch on `name`.
 */
export type ErrorName =
  | 'BadImage'
  | 'ImageTooLarge'
  | 'MissingFile'
  | 'TruncatedFile'
  | 'FileChanged'
  | 'BadSafetensors'
  | 'BadManifest'
  | 'BadShard'
  | 'MissingWeight'
  | 'ShapeMismatch'
  | 'UnsupportedDType'
  | 'BadLora'
  | 'BadModel'
  | 'BadRequest'
  | 'UnknownStyle'
  | 'NoProvider'
  | 'RuntimeFailed'
  | 'OutOfMemory'
  | 'DeviceLost'
  | 'StorageFull'
  | 'Cancelled'

export class PhotodoodleError extends Error {
  override readonly name: ErrorName

  /**
   * @param name stable identifier the UI and CLI branch on
   * @param what what went wrong, one sentence
   * @param remedy what the person can do next, one sentence
   */
  constructor(
    name: ErrorName,
    what: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${what} ${remedy}`.trim(), options)
    this.name = name
  }
}

/** Narrowing helper that also accepts errors rebuilt from their name on the other side of a worker. */
export function hasName(error: unknown, name: ErrorName): error is Error {
  return error instanceof Error && error.name === name
}
