import type { Rgb } from '../../workers/engine-api'

/**
 * The colours that words name: the name, other names, names in Chinese, and the colour itself, 0..255. First those that
 * the embedded model was trained on (training/data/tables/colours.toml, in its order; tests/vocabulary.test.ts compares
 * them), then others that people say.
 */
export const COLOURS: readonly (readonly [name: string, also: string, chinese: string, rgb: Rgb])[] = [
  ['red', 'crimson|scarlet', '大红色|红色的|红色|红', [226, 38, 44]],
  ['orange', '', '橙色的|橙色|橘色', [247, 132, 28]],
  ['yellow', 'blond|blonde', '黄色的|黄色|黄', [252, 209, 38]],
  ['green', '', '绿色的|绿色|绿', [46, 168, 72]],
  ['light blue', 'sky blue|pale blue', '浅蓝色|天蓝色', [92, 196, 244]],
  ['blue', '', '蓝色的|蓝色|蓝', [34, 92, 222]],
  ['purple', 'violet', '紫色的|紫色|紫', [132, 58, 198]],
  ['pink', 'rosy', '粉红色的|粉红色|粉色的|粉色|粉红', [250, 108, 178]],
  ['white', '', '白色的|白色|白', [252, 252, 252]],
  ['black', '', '黑色的|黑色|黑', [26, 26, 30]],
  ['golden', 'gold', '金色的|金色|金黄色', [240, 184, 48]],
  ['silver', 'silvery', '银色的|银色', [188, 192, 200]],
  ['grey', 'gray', '灰色的|灰色|灰', [132, 132, 138]],
  ['brown', '', '棕色的|棕色|褐色|咖啡色', [140, 84, 46]],
  ['teal', '', '蓝绿色|水鸭色', [0, 140, 140]],
  ['turquoise', 'cyan', '青绿色|青色', [48, 206, 200]],
]

/** What some styles draw the same names with, from the same table: their own crayons and chalks. */
export const STYLE_COLOURS: Readonly<Record<string, Readonly<Record<string, Rgb>>>> = {
  edge: {
    blue: [66, 84, 250],
    pink: [250, 96, 140],
    yellow: [255, 216, 30],
    green: [60, 200, 90],
    orange: [255, 138, 36],
    purple: [160, 80, 240],
    red: [240, 50, 56],
    white: [255, 255, 255],
    'light blue': [96, 200, 250],
    black: [30, 26, 36],
  },
  cloud: {
    white: [253, 253, 255],
    pink: [255, 176, 208],
    yellow: [255, 234, 140],
    blue: [130, 166, 255],
    'light blue': [168, 222, 255],
    green: [160, 232, 164],
    orange: [255, 190, 124],
    purple: [206, 170, 255],
    red: [255, 128, 128],
    black: [52, 54, 66],
  },
}

/** All English names of single words, for patterns: "red|crimson|...". */
export const COLOUR_NAMES = COLOURS.flatMap(([name, also]) => [name, ...also.split('|')])
  .filter((name) => name !== '' && !name.includes(' '))
  .join('|')
