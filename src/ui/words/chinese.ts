import { COLOURS } from './colours'
import type { Reading } from './reading-kinds'
import { THINGS } from './things'

export const hasHan = (text: string): boolean => /\p{Script=Han}/u.test(text)

/** English with a colour in Chinese in it, as a word alone is changed: the colour in English. */
export function withEnglishColours(text: string): string {
  if (!/[a-z]/i.test(text)) return text
  const names = COLOURS.flatMap(([name, , chinese]) => chinese.split('|').map((word) => [word, name] as const))
  return names
    .toSorted(([one], [other]) => other.length - one.length)
    .reduce((said, [word, name]) => said.replaceAll(word, ` ${name} `), text)
    .replace(/\s+/g, ' ')
    .trim()
}

type Token =
  | { readonly is: 'thing' | 'look' | 'count' | 'place' | 'subject'; readonly english: string }
  | { readonly is: 'act' | 'nothing' }

const tokens = (is: 'look' | 'count' | 'place' | 'subject', table: Readonly<Record<string, string>>) =>
  Object.entries(table).flatMap(([english, chinese]) =>
    chinese.split('|').map((word): readonly [string, Token] => [word, { is, english }]),
  )

/** {subject} is who it is about: the one named, the photo's own, or nobody. */
const PLACES: Readonly<Record<string, string>> = {
  'on the head': '头顶上|头顶|头上|头部|戴在头上|戴上|戴',
  'above the head': '头上方|头的上方',
  'behind {subject}': '身后面|身后|背后|后面|后边|后方',
  'on the back': '背上|背部',
  'beside {subject}': '旁边|身边|身旁|边上',
  'to the left of {subject}': '左边|左侧|左面',
  'to the right of {subject}': '右边|右侧|右面',
  'above {subject}': '上方|上面|上空',
  'around {subject}': '周围|四周|身边一圈',
  'in front of {subject}': '前面|身前|前方',
  'in the top left corner': '左上角|左上方',
  'in the top right corner': '右上角|右上方',
  'in the bottom left corner': '左下角',
  'in the bottom right corner': '右下角',
  'in the sky': '天上|天空中|天空里|天空|空中',
  'at the bottom': '底部|底边|下面|下方|底下',
  'all over the background': '背景里|背景上|背景中|背景|到处',
  'on both sides of {subject}': '两边|两侧',
  'around the neck': '脖子上|脖子',
  'on the face': '脸上|眼睛上',
}
const LOOKS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(COLOURS.map(([name, , chinese]) => [name, chinese])),
  big: '巨大的|大大的|大',
  small: '小小的|小',
  cute: '可爱的|可爱',
  colourful: '彩色的|彩色|五颜六色的',
  shiny: '闪亮的|闪闪发光的|发光的',
}
const COUNTS: Readonly<Record<string, string>> = {
  a: '一个|一只|一朵|一顶|一颗|一条|一座|一副|一道|一轮|一把|一对|一双|一辆|一架|一棵|一片|一束|一枚|一位|个|一',
  two: '两个|两只|两朵|两颗|两条|两片|两',
  three: '三个|三只|三朵|三颗|三条|三片|三',
  four: '四个|四只|四朵|四颗|四',
  five: '五个|五只|五朵|五颗|五',
  some: '一些|一群|许多|很多|几个|几只|几朵|几颗|好多',
}
const SUBJECTS: Readonly<Record<string, string>> = {
  woman: '女子|女人|女孩|女士|姑娘|她',
  man: '男子|男人|男孩|男士|他',
  subject: '主体|人物|这个人|人',
  teapot: '茶壶',
  backpack: '背包',
  'rubber duck': '橡皮鸭',
}
/** Particles, and the verbs of adding. */
const FILLERS =
  '请帮我|请|帮我|给|在|再|加上|添加|增加|加个|加|添上|添|画上|画|放上|放|来|把|让|的|了|着|上|里|中|和|与|跟|还有|以及|有|是|想要|要|我|并|它|这|那|吧|飘|浮'
const ACTS = '去掉|去除|删除|删掉|移除|擦除|抹掉|变成|变为|换成|改成|替换|染成|涂成'

let table: ReadonlyMap<string, Token> | undefined
let longest = 0

function vocabulary(): ReadonlyMap<string, Token> {
  if (table !== undefined) return table
  const nothing = FILLERS.split('|').map((word): readonly [string, Token] => [word, { is: 'nothing' }])
  const acts = ACTS.split('|').map((word): readonly [string, Token] => [word, { is: 'act' }])
  const things = THINGS.flatMap(([english, , chinese]) =>
    chinese.split('|').map((word): readonly [string, Token] => [word, { is: 'thing', english }]),
  )
  // What stands later counts: a thing before a look of the same letters.
  table = new Map([
    ...nothing,
    ...tokens('subject', SUBJECTS),
    ...tokens('count', COUNTS),
    ...tokens('look', LOOKS),
    ...tokens('place', PLACES),
    ...things,
    ...acts,
  ])
  longest = Math.max(...[...table.keys()].map((word) => word.length))
  return table
}

/** Things that take no article: they come in pairs or heaps. An octopus does not. */
const PLURAL = /(?:[^u]s|popcorn)$/

/**
 * An instruction in Chinese as the words that the model reads, thing by thing; what is on the photo is only told as a
 * place. Greedy: at each place the longest word of the table counts.
 */
export function fromChinese(text: string, subject: string | null): Reading {
  const { found, left } = split(text)
  if (found.some(({ is }) => is === 'act')) return { kind: 'cannot', act: /[变换改替]/u.test(text) ? 'turn' : 'remove' }
  const said = found.find((token, i) => token.is === 'subject' || isOnPhoto(token, found.slice(i + 1), subject))
  const who = said !== undefined && 'english' in said ? `the ${said.english}` : `the ${subject ?? 'subject'}`
  const parts: string[] = []
  let looks: string[] = []
  let count: string | undefined
  let place: string | undefined
  for (const [i, token] of found.entries()) {
    if (token.is === 'look') looks.push(token.english)
    else if (token.is === 'count') count ??= token.english
    else if (token.is === 'place') {
      const where = token.english.replace('{subject}', who)
      // A place after its thing: "a sun in the sky"; before it: "in the sky a sun".
      if (
        parts.length > 0 &&
        !found.slice(i + 1).some(({ is }) => is === 'thing') &&
        !/ (?:on|in|at|to|above|behind|beside|around|all) /.test(parts.at(-1)!)
      )
        parts[parts.length - 1] += ` ${where}`
      else place = where
    } else if (token.is === 'thing' && token !== said) {
      parts.push([phrase(token.english, looks, count), place].filter((one) => one !== undefined).join(' '))
      looks = []
      count = undefined
    }
  }
  if (parts.length === 0) return { kind: 'foreign', left: left.length === 0 ? [text] : left }
  return { kind: 'translated', english: `add ${parts.join(' and ')}`, left }
}

/** A thing that is on the photo is not to be drawn: "给猫戴上皇冠" is about the cat. */
function isOnPhoto(token: Token, after: readonly Token[], subject: string | null): boolean {
  if (token.is !== 'thing' || !after.some(({ is }) => is === 'thing')) return false
  return token.english === subject || after[0]?.is === 'place'
}

function phrase(thing: string, looks: readonly string[], count = PLURAL.test(thing) ? undefined : 'a'): string {
  const several = count !== 'a' && count !== undefined && !PLURAL.test(thing)
  const noun = several ? plural(thing) : thing
  const words = [...(count === 'a' && PLURAL.test(thing) ? [] : count === undefined ? [] : [count]), ...looks, noun]
  return words.join(' ').replace(/^a (?=[aeio]|umbrella|ufo$)/, (article) => (thing === 'ufo' ? article : 'an '))
}

function plural(thing: string): string {
  if (/(?:s|x|ch|sh)$/.test(thing)) return `${thing}es`
  if (/leaf$/.test(thing)) return thing.replace(/leaf$/, 'leaves')
  return /[^aeiou]y$/.test(thing) ? thing.replace(/y$/, 'ies') : `${thing}s`
}

function split(text: string): { readonly found: readonly Token[]; readonly left: readonly string[] } {
  const words = vocabulary()
  const found: Token[] = []
  const left: string[] = []
  let unread = ''
  for (let at = 0; at < text.length;) {
    let length = Math.min(longest, text.length - at)
    while (length > 0 && !words.has(text.slice(at, at + length))) length--
    const token = words.get(text.slice(at, at + length))
    if (token !== undefined || !hasHan(text.charAt(at))) {
      if (unread !== '') left.push(unread)
      unread = ''
      // A copy, so that the same word twice is two tokens.
      if (token !== undefined && token.is !== 'nothing') found.push({ ...token })
    } else unread += text.charAt(at)
    at += Math.max(1, length)
  }
  return { found, left: unread === '' ? left : [...left, unread] }
}
