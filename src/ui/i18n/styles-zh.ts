import { styleCopyEn, type StyleCopy } from './en'

const words: Readonly<
  Record<string, { readonly label: string; readonly tagline: string; readonly shown: readonly string[] }>
> = {
  monster: {
    label: '怪兽',
    tagline: '毛茸茸的大拥抱',
    shown: [
      '[给{subject}]戴上蓝色恶魔角',
      '[给{subject}]戴上红色派对帽',
      '[{subject}旁边]画一个幽灵',
      '一只红色怪兽抱着{subject}',
    ],
  },
  magic: {
    label: '魔法',
    tagline: '柔软的月亮、星星和翅膀',
    shown: [
      '[给{subject}]戴上金色皇冠',
      '[{subject}上方]画一道光环',
      '[{subject}身后]画一道彩虹',
      '[{subject}旁边]画一颗粉色爱心',
    ],
  },
  painting: {
    label: '彩绘',
    tagline: '飘带和大花朵',
    shown: ['[{subject}身后]画一道彩虹', '[{subject}旁边]画一朵大向日葵', '[{subject}上方]画一只紫色蝴蝶'],
  },
  edge: {
    label: '描边',
    tagline: '抖动的蜡笔线',
    shown: ['用蓝色和粉色粗线勾勒{subject}', '[{subject}上方]画一颗黄色星星', '[{subject}旁边]画一颗粉色爱心'],
  },
  flat: {
    label: '扁平',
    tagline: '剪纸般的叶子和图形',
    shown: ['右上角画一个太阳', '[{subject}旁边]画一个红色气球', '[给{subject}]戴上黄色派对帽'],
  },
  cloud: {
    label: '云朵',
    tagline: '白色粉笔的白日梦',
    shown: ['[{subject}上方]画一朵白云', '[{subject}旁边]画一颗白色爱心', '左上角画一轮白色弯月'],
  },
}

/** The same styles and English examples, with Chinese words for the screen. */
export const styleCopyZh: Readonly<Record<string, StyleCopy>> = Object.fromEntries(
  Object.entries(styleCopyEn).map(([id, copy]) => [id, { ...copy, ...words[id] }]),
)

export const importedShownZh: readonly string[] = [
  '[给{subject}]戴上金色皇冠',
  '[{subject}旁边]画一颗红心',
  '[{subject}上方]画一颗黄色星星',
]

export const subjectsZh: Readonly<Record<string, string>> = {
  subject: '主体',
  woman: '女子',
  man: '男子',
  dog: '狗',
  cat: '猫',
  'teddy bear': '泰迪熊',
  'rubber duck': '橡皮鸭',
  teapot: '茶壶',
  backpack: '背包',
}
