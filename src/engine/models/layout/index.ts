export { plannedElements, type PlannedElement } from './elements'
export { layoutTokens, LAYOUT_GRID } from './photo-tokens'
export { sampleSlots, slotIds, type LayoutSteps, type SampledSlots } from './sampler'
export { decodeKind, decodeSlot, encodeSlot, POINTER_DIM, SLOT_CHANNELS } from './slots'
