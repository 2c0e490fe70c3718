import { PhotodoodleError } from '../../core/errors'
import { isCount, isObject, type JsonObject } from '../../formats/json'

/** Reads a model's config.json entry by entry; every complaint names the entry. */
export class ConfigReader {
  private readonly json: JsonObject

  /** @throws BadModel when the source is no object */
  constructor(
    source: unknown,
    private readonly model: string,
  ) {
    if (!isObject(source)) throw this.wrong('is missing')
    this.json = source
  }

  /** A whole number from 1. */
  count(key: string): number {
    const n = this.json[key]
    if (!isCount(n) || n < 1) throw this.wrong(`has no valid ${key}`)
    return n
  }

  /** Between 0 and 1, both apart. */
  epsilon(key: string): number {
    const eps = this.json[key]
    if (typeof eps !== 'number' || !(eps > 0 && eps < 1)) throw this.wrong(`has no valid ${key}`)
    return eps
  }

  /** @throws BadModel unless the entry is the one choice that the graph knows */
  expect(key: string, value: string): void {
    if (this.json[key] !== value)
      throw this.wrong(`has ${key} ${JSON.stringify(this.json[key])}, only ${JSON.stringify(value)} is supported`)
  }

  wrong(what: string): PhotodoodleError {
    return new PhotodoodleError(
      'BadModel',
      `The config of ${this.model} ${what}.`,
      'Convert the model again from a complete download.',
    )
  }
}
