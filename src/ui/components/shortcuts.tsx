import { Fragment, useRef } from 'react'
import { useLanguage } from '../i18n'
import { editor } from '../store'
import { Modal } from './modal'

type Row = readonly [keys: string, does: string]

/** Keys and what they do, where they work. */
const words: Readonly<
  Record<'en' | 'zh', { title: string; close: string; groups: readonly (readonly [string, readonly Row[]])[] }>
> = {
  en: {
    title: 'Keyboard shortcuts',
    close: 'Close',
    groups: [
      [
        'Everywhere',
        [
          ['Ctrl Enter', 'Add a doodle'],
          ['Ctrl Z', 'Undo'],
          ['Ctrl Shift Z', 'Redo'],
          ['Esc', 'Stop drawing, let go of the object, or drop the boxes'],
        ],
      ],
      [
        'On the canvas',
        [
          ['Arrow keys', 'Move the photo, or the brush'],
          ['+  -', 'Zoom'],
          ['0', 'Fit the photo'],
          ['1', 'Show at 100 %'],
          ['\\', 'Hold to see the original'],
          ['V  W  B  N  S  E  R', 'Move, draw a box, only here, not here, subject, erase, bring back'],
          ['[  ]', 'Brush size'],
          ['Space', 'Put the brush down or lift it; choose the subject; put a box there'],
          ['Tab', 'Go to the boxes and objects'],
          ['?', 'These shortcuts'],
        ],
      ],
      [
        'On an object',
        [
          ['Arrow keys', 'Move it; with Shift further'],
          ['+  -', 'Larger, smaller'],
          [',  .', 'Turn'],
          ['F', 'Flip'],
          ['D', 'Duplicate'],
          ['B', 'Behind the subject, or back'],
          ['E', 'Change its words; a new colour shows at once'],
          ['Page up, Page down', 'Above or below other doodles'],
          ['Delete', 'Delete'],
        ],
      ],
      [
        'On a box',
        [
          ['Arrow keys', 'Move it; with Shift scale it'],
          ['+  -', 'Larger, smaller'],
          ['B', 'Behind the subject, or back'],
          ['D', 'One more'],
          ['Delete', 'Remove it'],
          ['Esc', 'Drop all boxes'],
        ],
      ],
    ],
  },
  zh: {
    title: '键盘快捷键',
    close: '关闭',
    groups: [
      [
        '任何地方',
        [
          ['Ctrl Enter', '添加涂鸦'],
          ['Ctrl Z', '撤销'],
          ['Ctrl Shift Z', '重做'],
          ['Esc', '停止绘制、放开对象或清除画框'],
        ],
      ],
      [
        '画布上',
        [
          ['方向键', '移动照片或画笔'],
          ['+  -', '缩放'],
          ['0', '适应窗口'],
          ['1', '以 100 % 显示'],
          ['\\', '按住查看原图'],
          ['V  W  B  N  S  E  R', '移动、画框、仅此处、排除、主体、擦除、恢复'],
          ['[  ]', '画笔大小'],
          ['空格', '放下或抬起画笔；选定主体；放一个框'],
          ['Tab', '转到框和对象'],
          ['?', '显示这些快捷键'],
        ],
      ],
      [
        '对象上',
        [
          ['方向键', '移动，按住 Shift 移得更远'],
          ['+  -', '放大、缩小'],
          [',  .', '旋转'],
          ['F', '翻转'],
          ['D', '复制一份'],
          ['B', '移到主体后面或前面'],
          ['E', '修改文字，新的颜色会立即显示'],
          ['Page up, Page down', '移到其他涂鸦的上面或下面'],
          ['Delete', '删除'],
        ],
      ],
      [
        '框上',
        [
          ['方向键', '移动，按住 Shift 缩放'],
          ['+  -', '放大、缩小'],
          ['B', '移到主体后面或前面'],
          ['D', '再来一个'],
          ['Delete', '移除'],
          ['Esc', '清除所有框'],
        ],
      ],
    ],
  },
}

/** Every key that does something, under "?". The focus goes back to where it was. */
export default function Shortcuts() {
  const dialog = useRef<HTMLDialogElement>(null)
  const { groups, ...text } = words[useLanguage(({ language }) => language)]
  return (
    <Modal
      dialog={dialog}
      title={text.title}
      close={text.close}
      className="wide"
      onClosed={() => editor.setState({ helping: false })}
    >
      {groups.map(([where, rows]) => (
        <section key={where} className="shortcuts">
          <h3>{where}</h3>
          <dl>
            {rows.map(([keys, does]) => (
              <Fragment key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{does}</dd>
              </Fragment>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  )
}
