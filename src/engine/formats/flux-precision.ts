import type { Precision, WeightDType } from './recode'

/**
 * How each tensor of a FLUX transformer is stored, first match wins. The embedders and the final layer are 0.5 % of the
 * weights and every token passes them: at 16 bit they take a fifth off the error of a network otherwise at 4. The
 * modulations are a quarter of the weights; 8 bit for them is 1.6 GB in FLUX.1-dev and takes off 2 % (measured on nano,
 * docs/flux.md).
 */
const transformerTable = (modulation: 'Q4' | 'Q8'): readonly (readonly [pattern: RegExp, dtype: WeightDType])[] => [
  [/^(img_in|txt_in|time_in|vector_in|guidance_in|final_layer)\./, 'F16'],
  [/^(double_blocks\.\d+\.(img|txt)_mod|single_blocks\.\d+\.modulation)\.lin\.weight$/, modulation],
  [/^(double|single)_blocks\..*\.weight$/, 'Q4'],
]

/** What no row of a table names (norms, biases) is stored as this. */
const REST: WeightDType = 'F16'

export function fluxPrecision(modulation: 'Q4' | 'Q8'): Precision {
  const table = transformerTable(modulation)
  return (name) => table.find(([pattern]) => pattern.test(name))?.[1] ?? REST
}

/**
 * T5's encoder. Its token table and the second matrix of each feed-forward, whose inputs are known for their outliers
 * (Hugging Face keeps that one in float32 when the rest is float16), stay at 8 bit when the rest has 4.
 */
export const t5Precision =
  (dtype: 'Q4' | 'Q8'): Precision =>
  (name) =>
    /\.(wi|wi_0|wi_1|q|k|v|o)\.weight$/.test(name) ? dtype : /(^shared|\.wo)\.weight$/.test(name) ? 'Q8' : REST
