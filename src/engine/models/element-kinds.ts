/** How an element meets the subject: before it, behind it, parts of it either way, or over the whole photo. In the order networks know them. */
export const KINDS = ['front', 'behind', 'both', 'whole'] as const

export type ElementKind = (typeof KINDS)[number]
