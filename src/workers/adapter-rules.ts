/**
 * Small machines give all their cores; on larger ones half of the logical cores are only the second threads of a core.
 */
export function threadCount(logicalCores: number): number {
  return logicalCores <= 4 ? Math.max(1, logicalCores) : Math.min(8, Math.ceil(logicalCores / 2))
}

/** @param names what an adapter says of itself; true for a GPU imitated on the CPU */
export function isSoftwareName(names: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i.test(names)
}

/**
 * @param deviceMemory navigator.deviceMemory in GiB; @returns bytes that a large model's weights may take unless the
 * user says otherwise
 */
export function defaultMemoryBudget(deviceMemory: number | null): number {
  return ((deviceMemory ?? 8) / 2) * 2 ** 30
}
