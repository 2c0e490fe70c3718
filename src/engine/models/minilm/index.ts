export {
  openMiniLM,
  type EncodedText,
  type SpannedText,
  type SpannedTextEncoder,
  type TextEncoder,
} from './text-encoder'
