/**
 * A layer model without networks, for tests: it puts a filled box where its list says. No part of the engine imports
 * this.
 */
import { tensor, type Tensor } from '../../core/tensor'
import type { ElementKind } from '../../image/element'
import type { Place } from '../../image/place'
import { TINY } from '../../runtime/testing'
import { parseModelDescription, type LayerModelDescription } from '../model-description'
import type {
  Adaptable,
  DrawingInput,
  LaidOut,
  LayerParts,
  LayoutInput,
  MattingModel,
  SpannedText,
  Subject,
  TextSpan,
} from './parts'

export const STAND_IN_MODEL = parseModelDescription({
  format: 'photodoodle-model/1',
  id: 'nano',
  name: 'Stand-in',
  version: '0.7.0',
  prediction: 'layer',
  execution: 'whole',
  text_encoder: { kind: 'minilm', path: 'text-encoder', max_tokens: 64 },
  layout: { path: 'layout', config: {}, slots: 4, steps: 2, shift: 2 },
  drawing: { path: 'drawing', config: {}, shift: 3 },
  codec: { path: 'codec' },
  defaults: { steps: 2, cfg_scale: 1, cfg_above_sigma: 0.4 },
  styles: [{ id: 'magic', name: 'Magic', path: 'styles/magic' }],
}) as LayerModelDescription

/** What the layout finds for a word that is in the text. */
export interface KnownThing {
  readonly word: string
  readonly box: Place
  readonly kind: ElementKind
}

/** Side of what the stand-in codec gives, in pixels. */
const SIDE = 16

export interface StandIn extends LayerParts, MattingModel {
  /** What every network was given. */
  readonly seen: {
    readonly texts: string[]
    readonly layouts: LayoutInput[]
    readonly drawings: DrawingInput[]
    readonly adapters: string[]
    photos: number
  }
}

/** @param shy how often the layout finds nothing before it answers; @param front of all that is drawn, 0..1 */
export function standIn(things: readonly KnownThing[], { shy = 0, front = 1 } = {}): StandIn {
  const seen: StandIn['seen'] = { texts: [], layouts: [], drawings: [], adapters: [], photos: 0 }
  const adaptable = (name: string): Adaptable => ({
    config: TINY,
    setAdapters: (list) =>
      Promise.resolve(void seen.adapters.push(`${name} ${list.map(({ strength }) => strength).join()}`)),
    dispose: () => Promise.resolve(),
  })
  let answers = -shy
  return {
    seen,
    text: {
      encode: (text) => {
        seen.texts.push(text)
        return Promise.resolve(encoded(text))
      },
      dispose: () => Promise.resolve(),
    },
    layout: {
      ...adaptable('layout'),
      layout: async (input) => {
        seen.layouts.push(input)
        await input.onStep()
        const text = seen.texts.at(-1) ?? ''
        return answers++ < 0
          ? []
          : things.flatMap(({ word, box, kind }): LaidOut[] =>
              text.includes(word) ? [{ box, kind, words: spanOf(text, word) }] : [],
            )
      },
    },
    drawing: {
      ...adaptable('drawing'),
      draw: async (input) => {
        seen.drawings.push(input)
        for (let step = 1; step <= input.steps; step++) await input.onStep(step)
        return input.tasks.map(({ plan }) => ({
          latents: tensor([1, 1]),
          grid: { rows: 1, columns: 1 },
          place: plan.box,
        }))
      },
    },
    codec: { decode: () => Promise.resolve(filled(front)), dispose: () => Promise.resolve() },
    find: ({ width, height }) => {
      seen.photos++
      return Promise.resolve(rightHalf(width, height))
    },
    choose: ({ width, height }) => Promise.resolve(rightHalf(width, height).matte),
    dispose: () => Promise.resolve(),
  }
}

const spanOf = (text: string, word: string): TextSpan => ({
  start: text.indexOf(word),
  end: text.indexOf(word) + word.length,
})

function encoded(text: string): SpannedText {
  return {
    txt: tensor([1, 4]),
    pooled: tensor([4]),
    tokens: 1,
    truncated: false,
    spans: [{ start: 0, end: text.length }],
  }
}

/** Opaque orange all over. */
function filled(front: number): Tensor {
  const pixels = tensor([SIDE, SIDE, 5])
  for (let i = 0; i < SIDE * SIDE; i++) pixels.data.set([1, 0.5, 0, 1, front], 5 * i)
  return pixels
}

/** The subject is the right half. */
function rightHalf(width: number, height: number): Subject {
  return {
    matte: {
      width,
      height,
      alpha: Uint8Array.from({ length: width * height }, (_, i) => (i % width >= width / 2 ? 255 : 0)),
    },
    features: tensor([144, 192]),
    heads: tensor([144, 7]),
  }
}
