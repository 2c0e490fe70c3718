export { drawingCondition, type Framed } from './condition'
export { frameOf } from './frame'
export { placeFeatures, PLACE_FEATURES } from './place-features'
export { LayerSampler, seededNoise } from './sampler'
