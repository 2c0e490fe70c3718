export { openT5, T5Encoder } from './text-model'
