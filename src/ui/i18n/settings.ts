import type { SliderName } from '../../workers/engine-api'

interface SettingWords {
  readonly label: string
  readonly hint: string
}

/** What the panel says of each setting, in every language. */
export const settingWords: Readonly<
  Record<SliderName | 'seed', { readonly en: SettingWords; readonly zh: SettingWords }>
> = {
  seed: {
    en: { label: 'Seed', hint: 'The same seed, style and words give the same doodle' },
    zh: { label: '种子', hint: '种子、风格和文字都相同，涂鸦就相同' },
  },
  steps: {
    en: { label: 'Steps', hint: 'Each model has a number that suits it; more take longer' },
    zh: { label: '步数', hint: '每个模型有合适的步数；更多则更慢' },
  },
  strength: {
    en: { label: 'Style strength', hint: 'How strongly the style colours the drawing; 1 is as the artist draws' },
    zh: { label: '风格强度', hint: '风格的影响程度；1 为画师原本的画法' },
  },
  cfgScale: {
    en: {
      label: 'Follow the text',
      hint: 'How closely the doodle follows your words; high values draw larger and harder',
    },
    zh: { label: '贴合文字', hint: '涂鸦与文字的贴合程度；数值越高，画得越大、越鲜明' },
  },
  keepPhoto: {
    en: {
      label: 'Keep the photo',
      hint: 'Higher values let less of the photo change; the doodle becomes smaller and fainter',
    },
    zh: { label: '保留照片', hint: '数值越高，照片改变越少；涂鸦会更小、更淡' },
  },
  resolution: {
    en: {
      label: 'Resolution',
      hint: 'How large the model draws; smaller is faster and coarser. Your photo keeps its own size',
    },
    zh: { label: '分辨率', hint: '模型作画的大小；越小越快，也越粗略。照片保持原有尺寸' },
  },
}
