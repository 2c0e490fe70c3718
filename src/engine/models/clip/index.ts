export { openClip, ClipTextModel } from './text-model'
