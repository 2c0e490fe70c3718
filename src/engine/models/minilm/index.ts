export { openMiniLM, type EncodedText, type TextEncoder } from './text-encoder'
