import type { GraphBuilder, Value } from '../../onnx/graph-builder'

const GROUPS = 32

interface ConvOptions {
  readonly kernel?: number
  readonly stride?: number
  readonly bias?: boolean
  /** top, left, bottom, right; `kernel >> 1` on every side when left out */
  readonly pads?: readonly [number, number, number, number]
}

/** Square convolution `name`.weight [out, in, kernel, kernel] (+ `name`.bias) over [1, in, H, W]. */
export function conv(
  g: GraphBuilder,
  x: Value,
  name: string,
  from: number,
  to: number,
  { kernel = 3, stride = 1, bias = true, pads }: ConvOptions = {},
): Value {
  const half = kernel >> 1
  const weights = [
    g.weight(`${name}.weight`, [to, from, kernel, kernel]),
    ...(bias ? [g.weight(`${name}.bias`, [to])] : []),
  ]
  return g.node('Conv', [x, ...weights], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: pads ?? [half, half, half, half],
  })
}

/** Nearest-neighbour enlargement of [1, C, H, W] to [1, C, 2 H, 2 W]. */
export function doubleSize(g: GraphBuilder, x: Value): Value {
  const scales = g.constant(Float32Array.of(1, 1, 2, 2))
  return g.node('Resize', [x, undefined, scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })
}

/**
 * GroupNorm over 32 groups with affine `name`.weight and .bias [channels], eps 1e-6, of [1, channels, H, W]. Drawn from
 * reductions, because onnxruntime's WebGPU provider has no GroupNormalization, and without asking for the picture's
 * size,
 * because Shape runs on the CPU, which a WebGPU session refuses.
 */
export function groupNorm(g: GraphBuilder, x: Value, name: string, channels: number): Value {
  const grouped = g.node('Reshape', [x, g.ints(GROUPS, -1)])
  const mean = g.node('ReduceMean', [grouped, g.ints(1)], { keepdims: 1 })
  const centred = g.node('Sub', [grouped, mean])
  const variance = g.node('ReduceMean', [g.node('Mul', [centred, centred]), g.ints(1)], { keepdims: 1 })
  const deviation = g.node('Sqrt', [g.node('Add', [variance, g.scalar(1e-6)])])
  const perChannel = (part: string) =>
    g.node('Reshape', [g.weight(`${name}.${part}`, [channels]), g.ints(GROUPS, channels / GROUPS)])
  const spread = (value: Value) => g.node('Reshape', [value, g.ints(1, channels, 1, 1)])
  const scale = g.node('Div', [perChannel('weight'), deviation])
  const shift = g.node('Sub', [perChannel('bias'), g.node('Mul', [mean, scale])])
  return g.node('Add', [g.node('Mul', [x, spread(scale)]), spread(shift)])
}

/** x * sigmoid(x) */
export function swish(g: GraphBuilder, x: Value): Value {
  return g.node('Mul', [x, g.node('Sigmoid', [x])])
}
