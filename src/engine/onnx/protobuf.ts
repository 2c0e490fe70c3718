import { PbfWriter } from 'pbf'
import { joined } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'

/**
 * The part of onnx.proto (IR version 10) that the graph builder needs, as plain data and as bytes.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

export type ElementType = 'float32' | 'float16' | 'uint8' | 'int32' | 'int64' | 'bool'

/** A size, or the name of a size that is known only when the graph runs (the same name means the same size). */
export type Dim = number | string

export interface ValueInfo {
  readonly name: string
  readonly dtype: ElementType
  readonly dims: readonly Dim[]
}

export interface Initializer {
  readonly name: string
  readonly dtype: ElementType
  readonly dims: readonly number[]
  /** little-endian, row-major; its length must be dims x element size */
  readonly bytes: Uint8Array
}

/** A plain number is an ONNX int, a list of numbers is ints; wrap what must be a float with {@link float}. */
export type Attribute = number | string | readonly number[] | FloatAttribute

interface FloatAttribute {
  readonly float: number
}

/** Marks an attribute as an ONNX float, e.g. `{ epsilon: float(1e-6) }`. */
export const float = (value: number): FloatAttribute => ({ float: value })

export interface Node {
  readonly op: string
  readonly domain: string
  /** an empty name stands for an omitted optional input */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

interface GraphProto {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly initializers: readonly Initializer[]
}

const IR_VERSION = 10
const OPSETS: readonly (readonly [domain: string, version: number])[] = [
  ['', 21],
  ['com.microsoft', 1],
]

/** onnx.TensorProto.DataType, as it also stands in a Cast's attribute. */
export const DATA_TYPE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
}
const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
}
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const
/** protobuf's own limit for one message */
const MAX_MODEL_BYTES = 2 ** 31 - 1

export function byteLengthOf(dtype: ElementType, dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[dtype])
}

/**
 * Serialises a model. Deterministic: the same graph gives the same bytes. Weight bytes are copied once, into the
 * result.
 * @throws OutOfMemory when the model would pass protobuf's 2 GiB limit
 */
export function encodeModel(graph: GraphProto): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = []
  for (const initializer of graph.initializers) chunks.push(tensorHeader(initializer), initializer.bytes)
  chunks.push(
    encode((pbf) => {
      graph.nodes.forEach((node, index) => pbf.writeMessage(1, writeNode, { node, index }))
      pbf.writeStringField(2, graph.name)
      for (const value of graph.inputs) pbf.writeMessage(11, writeValueInfo, value)
      for (const value of graph.outputs) pbf.writeMessage(12, writeValueInfo, value)
    }),
  )
  const graphBytes = totalLength(chunks)
  const head = encode((pbf) => {
    pbf.writeVarintField(1, IR_VERSION)
    pbf.writeStringField(2, 'photodoodle')
    for (const opset of OPSETS) pbf.writeMessage(8, writeOpset, opset)
    pbf.writeTag(7, 2)
    pbf.writeVarint(graphBytes)
  })
  if (head.length + graphBytes > MAX_MODEL_BYTES) {
    throw new PhotodoodleError(
      'OutOfMemory',
      `The graph ${graph.name} would take ${Math.round(graphBytes / 2 ** 20)} ` +
        'MiB with its weights inside; a model file holds at most 2 GiB.',
      'Run this model in blocks, with its weights as inputs.',
    )
  }
  return joined([head, ...chunks])
}

function encode(write: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter()
  write(pbf)
  return pbf.finish()
}

function totalLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0)
}

function writeOpset([domain, version]: readonly [string, number], pbf: PbfWriter): void {
  pbf.writeStringField(1, domain)
  pbf.writeVarintField(2, version)
}

/** Field 5 of GraphProto up to the first byte of raw_data; the data itself follows uncopied. */
function tensorHeader({ name, dtype, dims, bytes }: Initializer): Uint8Array {
  const fields = encode((pbf) => {
    if (dims.length > 0) pbf.writePackedVarint(1, [...dims])
    pbf.writeVarintField(2, DATA_TYPE[dtype])
    pbf.writeStringField(8, name)
    pbf.writeTag(9, 2)
    pbf.writeVarint(bytes.length)
  })
  const head = encode((pbf) => {
    pbf.writeTag(5, 2)
    pbf.writeVarint(fields.length + bytes.length)
  })
  return joined([head, fields])
}

function writeNode({ node, index }: { node: Node; index: number }, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input)
  for (const output of node.outputs) pbf.writeStringField(2, output)
  pbf.writeStringField(3, `${node.op}_${index}`)
  pbf.writeStringField(4, node.op)
  for (const entry of Object.entries(node.attributes)) pbf.writeMessage(5, writeAttribute, entry)
  if (node.domain !== '') pbf.writeStringField(7, node.domain)
}

function writeAttribute([name, value]: [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  if (typeof value === 'number') {
    pbf.writeVarintField(3, value)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.int)
  } else if (typeof value === 'string') {
    pbf.writeStringField(4, value)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.string)
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float)
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.float)
  } else {
    pbf.writePackedVarint(8, [...value])
    pbf.writeVarintField(20, ATTRIBUTE_TYPE.ints)
  }
}

function writeValueInfo(value: ValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.name)
  pbf.writeMessage(2, writeType, value)
}

function writeType(value: ValueInfo, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, value)
}

function writeTensorType({ dtype, dims }: ValueInfo, pbf: PbfWriter): void {
  pbf.writeVarintField(1, DATA_TYPE[dtype])
  pbf.writeMessage(2, writeShape, dims)
}

function writeShape(dims: readonly Dim[], pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeMessage(1, writeDim, dim)
}

function writeDim(dim: Dim, pbf: PbfWriter): void {
  if (typeof dim === 'number') pbf.writeVarintField(1, dim)
  else pbf.writeStringField(2, dim)
}
