import type { Precision, WeightDType } from './recode'

/**
 * How each tensor of a FLUX transformer is stored, first match wins. The blocks' matrices are nearly all of it. Every token
 * passes what is not Q4 here: the embedders and the final layer are 0.4 % of the weights. The modulations are a quarter of
 * them, but a mistake in a gate or a scale is the same for every token and does not average out (figures in docs/flux.md).
 */
const TRANSFORMER: readonly (readonly [pattern: RegExp, dtype: WeightDType])[] = [
  [/^(img_in|txt_in|time_in|vector_in|guidance_in|final_layer)\./, 'F16'],
  [/^(double_blocks\.\d+\.(img|txt)_mod|single_blocks\.\d+\.modulation)\.lin\.weight$/, 'Q8'],
  [/^(double|single)_blocks\..*\.weight$/, 'Q4'],
]

/** What no row of a table names (norms, biases) is stored as this. */
const REST: WeightDType = 'F16'

export const fluxPrecision: Precision = (name) => TRANSFORMER.find(([pattern]) => pattern.test(name))?.[1] ?? REST

/**
 * T5's encoder. Its token table and the second matrix of each feed-forward, whose inputs are known for their outliers
 * (Hugging Face keeps that one in float32 when the rest is float16), stay at 8 bit when the rest has 4.
 */
export const t5Precision = (dtype: 'Q4' | 'Q8'): Precision => (name) =>
  /\.(wi|wi_0|wi_1|q|k|v|o)\.weight$/.test(name) ? dtype : /(^shared|\.wo)\.weight$/.test(name) ? 'Q8' : REST
