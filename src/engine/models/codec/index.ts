export { decodeGraph, LAYER_PATCH, openCodec, PHOTO_PATCH, type Codec } from './codec'
export { layerPixels } from './layer-pixels'
export { matteTokens, MATTE_CELLS, MATTE_VALUES } from './matte-tokens'
export { smoothSeams } from './seams'
