import { float, type GraphBuilder, type Value } from '../../onnx/graph-builder'

interface ConvOptions {
  readonly kernel?: number
  readonly stride?: number
  readonly bias?: boolean
  /** top, left, bottom, right; `kernel >> 1` on every side when left out */
  readonly pads?: readonly [number, number, number, number]
}

/** Square convolution `name`.weight [out, in, kernel, kernel] (+ `name`.bias) over [1, in, H, W]. */
export function conv(g: GraphBuilder, x: Value, name: string, from: number, to: number, { kernel = 3, stride = 1, bias = true, pads }: ConvOptions = {}): Value {
  const half = kernel >> 1
  const weights = [g.weight(`${name}.weight`, [to, from, kernel, kernel]), ...(bias ? [g.weight(`${name}.bias`, [to])] : [])]
  return g.node('Conv', [x, ...weights], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: pads ?? [half, half, half, half] })
}

/** Nearest-neighbour enlargement of [1, C, H, W] to [1, C, 2 H, 2 W]. */
export function doubleSize(g: GraphBuilder, x: Value): Value {
  const scales = g.constant(Float32Array.of(1, 1, 2, 2))
  return g.node('Resize', [x, undefined, scales], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' })
}

/**
 * GroupNorm over 32 groups with affine `name`.weight and .bias [channels], eps 1e-6, of [1, channels, H, W]. Drawn with
 * InstanceNormalization over the groups, because onnxruntime's WebGPU provider has no GroupNormalization.
 */
export function groupNorm(g: GraphBuilder, x: Value, name: string, channels: number): Value {
  const groups = 32
  const shape = g.node('Shape', [x], {}, 'int64')
  const grouped = g.node('Reshape', [x, g.ints(1, groups, -1)])
  const ones = g.constant(new Float32Array(groups).fill(1))
  const zeros = g.constant(new Float32Array(groups))
  const normal = g.node('Reshape', [g.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: float(1e-6) }), shape])
  const perChannel = (part: string) => g.node('Reshape', [g.weight(`${name}.${part}`, [channels]), g.ints(1, channels, 1, 1)])
  return g.node('Add', [g.node('Mul', [normal, perChannel('weight')]), perChannel('bias')])
}

/** x * sigmoid(x) */
export function swish(g: GraphBuilder, x: Value): Value {
  return g.node('Mul', [x, g.node('Sigmoid', [x])])
}
