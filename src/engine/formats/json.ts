/** Small checks for JSON that came from outside. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A whole number that a byte offset or a dimension can be. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Dimensions whose product is still an exact number. */
export function isShape(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.every(isCount) &&
    Number.isSafeInteger(value.reduce((product: number, dim: number) => product * dim, 1))
  )
}

/**
 * A key that stands twice in the outermost object; JSON.parse would silently keep the last.
 * @param text JSON that parses, an object at the top
 */
export function duplicateKey(text: string): string | undefined {
  const seen = new Set<string>()
  let depth = 0
  let keyNext = false
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    else if (token !== ',' && depth === 1 && keyNext) {
      const key = JSON.parse(token) as string
      if (seen.has(key)) return key
      seen.add(key)
    }
    keyNext = depth === 1 && (token === '{' || token === ',')
  }
  return undefined
}
