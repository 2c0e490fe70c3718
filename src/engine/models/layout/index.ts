export { plannedElements, type PlannedElement } from './elements'
export { layoutTokens } from './photo-tokens'
export { sampleSlots } from './sampler'
export { SLOT_CHANNELS } from './slots'
