import { beforeEach, expect, test, vi } from 'vitest'
import { settingsIn } from '../../workers/engine-api'
import { newHistory, undo } from '../project/history'
import { changeLook } from '../project/objects'
import { addLayer, emptyProject, redrawLayer, type Doodle, type Layer, type Recipe } from '../project/project'
import { doodle, photo } from '../project/testing'
import { editor } from '../store'
import { isOnlyRecoloured, recolourAtOnce } from './recolour'

const recipe: Recipe = {
  styles: [{ id: 'magic', strength: 1 }],
  instruction: 'add a red crown on the black dog',
  steps: 2,
  region: [],
}

function red(id: string): Doodle {
  const drawn = doodle(id, 8)
  const data = new Uint8ClampedArray(8 * 8 * 4).map((_, i) => [226, 38, 44, 255][i % 4]!)
  return { ...drawn, elements: drawn.elements.map((element) => ({ ...element, data, words: 'a red crown' })) }
}

const layerNow = (): Layer => editor.getState().history.present.layers[0]!

beforeEach(() => {
  const project = changeLook(addLayer(emptyProject, { id: 'layer', recipe, doodle: red('a') }), 'layer', {
    hue: 20,
    depth: 'behind',
  })
  editor.setState({ photo, readOnly: false, history: newHistory(project) })
})

test('it is shown in the colour said, in a step of undo that drawing it belongs to', () => {
  const shown = recolourAtOnce(layerNow(), 'a red crown', 'a blue crown', vi.fn())!
  // The hue was one of the red crown.
  expect(layerNow().look).toEqual({
    depth: 'behind',
    recolour: [{ from: [226, 38, 44], to: [34, 92, 222] }],
  })
  expect(layerNow().recipe).toBe(recipe)
  const { history } = editor.getState()
  expect(history.past.at(-1)?.merge).toBe(shown.step)
  expect(undo(history).present.layers[0]!.look).toEqual({ hue: 20, depth: 'behind' })
  shown.end()
})

test('what is drawn behind it is given up when it is taken back, not when it comes', () => {
  const takenBack = vi.fn()
  const shown = recolourAtOnce(layerNow(), 'a red crown', 'a blue crown', takenBack)!
  editor.setState({ announcement: 'Drawing' })
  expect(takenBack).not.toHaveBeenCalled()
  editor.setState(({ history }) => ({ history: undo(history) }))
  expect(takenBack).toHaveBeenCalledOnce()
  shown.end()

  const again = vi.fn()
  const second = recolourAtOnce(layerNow(), 'a red crown', 'a blue crown', again)!
  editor.setState(({ history }) => ({
    history: { ...history, present: changeLook(redrawLayer(history.present, 'layer', red('b')), 'layer', {}) },
  }))
  editor.setState(({ history }) => ({
    history: { ...history, present: changeLook(history.present, 'layer', { recolour: undefined }) },
  }))
  expect(again).not.toHaveBeenCalled()
  second.end()
})

test('words without another colour change nothing', () => {
  const { history } = editor.getState()
  expect(recolourAtOnce(layerNow(), 'a red crown', 'a red hat', vi.fn())).toBeUndefined()
  expect(editor.getState().history).toBe(history)
})

test('the panel asks for a colour alone where nothing else of the layer’s recipe was changed', () => {
  const asks = (
    change: Partial<ReturnType<typeof editor.getState>> = {},
    words = 'add a blue crown on the black dog',
  ) => {
    editor.setState({
      model: null,
      styleId: 'magic',
      strength: 1,
      mixId: null,
      settings: settingsIn(recipe),
      typed: words,
      seed: 1,
      seedLocked: true,
      count: 1,
      ...change,
    })
    return isOnlyRecoloured(layerNow(), words)
  }
  expect(asks()).toBe(true)
  expect(asks({}, 'add a blue hat on the black dog')).toBe(false)
  expect(asks({ styleId: 'flat' })).toBe(false)
  expect(asks({ settings: { ...settingsIn(recipe), steps: 3 } })).toBe(false)
  expect(asks({ seed: 2 })).toBe(false)
  expect(asks({ seedLocked: false })).toBe(false)
  expect(asks({ count: 4 })).toBe(false)
  editor.setState(({ history }) => ({
    history: { ...history, present: { ...history.present, region: [{ mode: 'add', size: 4, points: [1, 2] }] } },
  }))
  expect(asks()).toBe(false)
})
