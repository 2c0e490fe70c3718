export { drawingCondition, photoTokens, type Framed } from './condition'
export { frameOf, CROP_MARGIN, type Frame } from './frame'
export { placeFeatures, CROP_TOKENS, PLACE_FEATURES, type GridBox } from './place-features'
export { LayerRun, seededNoise, type NoiseOf, type SampleOptions } from './sampler'
