import type { ModelChoice } from '../../workers/engine-api'

const STORED = 'photodoodle-model'

/** The model chosen on an earlier visit; null for the embedded one. */
export function keptModel(): ModelChoice | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORED) ?? 'null')
    if (typeof kept !== 'object' || kept === null || !('id' in kept) || typeof kept.id !== 'string') return null
    const budget =
      'memoryBudget' in kept && typeof kept.memoryBudget === 'number' ? { memoryBudget: kept.memoryBudget } : {}
    return { id: kept.id, ...budget }
  } catch {
    return null // Storage is forbidden here, or not ours.
  }
}

export function keepModel(choice: ModelChoice | null): void {
  try {
    if (choice === null) localStorage.removeItem(STORED)
    else localStorage.setItem(STORED, JSON.stringify(choice))
  } catch {
    // It holds until the page is left.
  }
}
