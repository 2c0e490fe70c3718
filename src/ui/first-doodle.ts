/**
 * The first minute, in one place: which sample photo stands first, whose hand draws, and what stands in the box until
 * something is typed. Chosen by looking at what the embedded model draws of it; see docs/model-card-nano.md.
 */
export const FIRST_DOODLE = {
  /** A file of public/samples. */
  sample: 'teddy-bear.jpg',
  style: 'magic',
  /** See StyleCopy's examples. */
  instruction: 'add a golden crown[ on the {subject}]',
  shown: { zh: '[给{subject}]戴上金色皇冠' },
} as const
