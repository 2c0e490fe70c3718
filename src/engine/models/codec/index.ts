export { decodeGraph, openCodec, LAYER_PATCH, PHOTO_PATCH, type Codec } from './codec'
export { layerPixels, LAYER_CHANNELS, type LayerPixels } from './layer-pixels'
export { matteTokens, MATTE_CELLS, MATTE_VALUES } from './matte-tokens'
