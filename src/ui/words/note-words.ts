const quoted = (words: readonly string[], open: string, close: string): string =>
  words.map((word) => open + word + close).join(' ')

const en = {
  instead: 'Instead',
  empty: 'Say what shall be drawn, for instance “add a golden crown”.',
  cannot: {
    remove: 'This model adds things; it cannot take anything away. It can draw something over it:',
    recolour:
      'It cannot recolour the photo. It can add things of any colour, and a doodle’s own colour can be changed:',
    turn: 'It cannot change what is on the photo. It can add to it:',
    adjust: 'It draws on the photo and never changes the photo itself. It can add:',
  },
  unknown: (word: string) => `It has not learnt “${word}” yet and may draw something else. It knows:`,
  translated: (english: string) => `Drawn as: ${english}.`,
  left: (words: readonly string[]) => `Not understood: ${quoted(words, '“', '”')}.`,
  foreign: (words: readonly string[]) =>
    `The model reads English. It does not know ${quoted(words, '“', '”')}; please say it in English.`,
}

const zh: typeof en = {
  instead: '换成',
  empty: '请写下要画什么，例如“戴上金色皇冠”。',
  cannot: {
    remove: '这个模型只能添加，不能去掉照片里的东西。可以画点什么盖住它：',
    recolour: '它不能给照片改颜色。可以添加任何颜色的东西，画好后也能改涂鸦自己的颜色：',
    turn: '它不能改变照片里的东西，只能往上添加：',
    adjust: '它在照片上作画，不会改动照片本身。可以添加：',
  },
  unknown: (word) => `它还没学过“${word}”，可能会画成别的。它会画：`,
  translated: (english) => `将按此绘制：${english}。`,
  left: (words) => `未能理解：${quoted(words, '“', '”')}。`,
  foreign: (words) => `模型只懂英文，不认识${quoted(words, '“', '”')}，请用英文描述。`,
}

export const noteWords = { en, zh }
