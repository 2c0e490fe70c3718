import { styleCopyEn, type StyleCopy } from './en'

const words: Readonly<
  Record<string, { readonly label: string; readonly tagline: string; readonly shown: readonly string[] }>
> = {
  monster: {
    label: '怪兽',
    tagline: '毛茸茸的大拥抱',
    shown: ['一只红色怪兽抱着{subject}', '一只蓝色独眼怪兽从身后抱着{subject}', '一只粉色怪兽给{subject}一个大拥抱'],
  },
  magic: {
    label: '魔法',
    tagline: '柔软的月亮、星星和翅膀',
    shown: [
      '给{subject}戴上金色皇冠，加上星星',
      '{subject}的头后面有一轮大月亮',
      '给{subject}加上白色翅膀',
      '{subject}头上浮着一道光环',
    ],
  },
  painting: {
    label: '彩绘',
    tagline: '飘带和大花朵',
    shown: ['{subject}周围有飘带和大红花', '{subject}身后开满彩色的花', '{subject}周围飘着烟和花瓣'],
  },
  edge: {
    label: '描边',
    tagline: '抖动的蜡笔线',
    shown: [
      '用蓝色和粉色粗线勾勒{subject}，加三朵小花',
      '用红色和黄色勾勒{subject}',
      '用绿白相间的抖动线条勾勒{subject}，旁边有星星',
    ],
  },
  flat: {
    label: '扁平',
    tagline: '剪纸般的叶子和图形',
    shown: [
      '{subject}四周的角落里有大片绿叶',
      '底边一排红色郁金香，{subject}上方有太阳',
      '用彩色图形框住{subject}，加两只蝴蝶',
    ],
  },
  cloud: {
    label: '云朵',
    tagline: '白色粉笔的白日梦',
    shown: ['{subject}上方画两朵白色粉笔云', '在{subject}周围的空白处画一条粉笔鲸鱼', '在{subject}旁边画一只粉笔小鸟'],
  },
}

/** The same styles and English examples, with Chinese words for the screen. */
export const styleCopyZh: Readonly<Record<string, StyleCopy>> = Object.fromEntries(
  Object.entries(styleCopyEn).map(([id, copy]) => [id, { ...copy, ...words[id] }]),
)

export const importedShownZh: readonly string[] = [
  '{subject}周围加上花朵',
  '给{subject}戴上皇冠',
  '勾勒{subject}的轮廓',
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
