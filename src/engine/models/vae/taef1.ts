import type { WeightStore } from '../../formats/weight-store'
import { GraphBuilder, type Value } from '../../onnx/graph-builder'
import type { GraphRuntime } from '../graph-runtime'
import { openAutoencoder, type Autoencoder, type AutoencoderGraphs, type AutoencoderOptions } from './autoencoder'
import { conv, doubleSize } from './layers'

const WIDTH = 64
const LATENT_CHANNELS = 16
const STAGES = 3

/**
 * TAEF1, the tiny autoencoder of FLUX.1's latent space, by Ollin Boer Bohan (madebyollin/taesd, taesd.py; MIT). Pictures in
 * 0..1; latents come out scaled. Weight names are the original sequential indices after `encoder.` or `decoder.`.
 */
export function taef1Graphs(): AutoencoderGraphs {
  return { encoder: encoderGraph(), decoder: decoderGraph(), reduction: 2 ** STAGES, range: [0, 1] }
}

/** @throws MissingWeight, ShapeMismatch, RuntimeFailed */
export function openTaef1(store: WeightStore, runtime: GraphRuntime, options?: AutoencoderOptions): Promise<Autoencoder> {
  return openAutoencoder(taef1Graphs(), store, runtime, options)
}

function encoderGraph() {
  const g = new GraphBuilder('taef1 encoder')
  // The original is one sequence; `at` is the place in it.
  let at = 0
  const next = () => `encoder.${at++}`
  let x = conv(g, g.input('image', [1, 3, 'height', 'width']), next(), 3, WIDTH)
  x = block(g, x, next())
  for (let stage = 0; stage < STAGES; stage++) {
    x = conv(g, x, next(), WIDTH, WIDTH, { stride: 2, bias: false })
    for (let i = 0; i < 3; i++) x = block(g, x, next())
  }
  g.output('latents', conv(g, x, next(), WIDTH, LATENT_CHANNELS), [1, LATENT_CHANNELS, 'rows', 'columns'])
  return g.build()
}

function decoderGraph() {
  const g = new GraphBuilder('taef1 decoder')
  let at = 0
  const next = () => `decoder.${at++}`
  next() // the soft clamp, without weights
  const clamped = g.node('Mul', [g.node('Tanh', [g.node('Div', [g.input('latents', [1, LATENT_CHANNELS, 'rows', 'columns']), g.scalar(3)])]), g.scalar(3)])
  let x = g.node('Relu', [conv(g, clamped, next(), LATENT_CHANNELS, WIDTH)])
  next() // that ReLU
  for (let stage = 0; stage < STAGES; stage++) {
    for (let i = 0; i < 3; i++) x = block(g, x, next())
    next() // the enlargement
    x = conv(g, doubleSize(g, x), next(), WIDTH, WIDTH, { bias: false })
  }
  x = block(g, x, next())
  g.output('image', conv(g, x, next(), WIDTH, 3), [1, 3, 'height', 'width'])
  return g.build()
}

/** relu(conv relu conv relu conv (x) + x) */
function block(g: GraphBuilder, x: Value, name: string): Value {
  let y = x
  for (const layer of [0, 2, 4]) {
    y = conv(g, y, `${name}.conv.${layer}`, WIDTH, WIDTH)
    if (layer < 4) y = g.node('Relu', [y])
  }
  return g.node('Relu', [g.node('Add', [y, x])])
}
