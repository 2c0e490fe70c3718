/** The same but for one entry. */
export function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const copy: Partial<T> = { ...value }
  delete copy[key]
  return copy as Omit<T, K>
}
