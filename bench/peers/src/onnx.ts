/** ONNX models written byte by byte: the few messages of onnx.proto that a graph of a dozen nodes needs. */

/** One node: operator, inputs, outputs, and attributes whose type follows from their value. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A number is an int, a list of numbers a list of ints, `{ float }` a float. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** A constant: f32, or int64 where shapes and axes are meant. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface Graph {
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly output: string;
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
}

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;
/** TensorProto.DataType */
const FLOAT = 1;
const INT64 = 7;
const OPSET = 17;
/** The file format of the release that brought opset 17. */
const IR_VERSION = 8;

type Part = Uint8Array;

function joined(parts: readonly Part[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Seven bits a byte, least first; the high bit says that more follow. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function tag(field: number, wire: number): Part {
  return varint(field * 8 + wire);
}

function int(field: number, value: number): Part {
  return joined([tag(field, VARINT), varint(value)]);
}

function bytes(field: number, ...parts: readonly Part[]): Part {
  const length = parts.reduce((sum, p) => sum + p.length, 0);
  return joined([tag(field, BYTES), varint(length), ...parts]);
}

function text(field: number, value: string): Part {
  return bytes(field, new TextEncoder().encode(value));
}

function float(field: number, value: number): Part {
  return joined([tag(field, FIXED32), new Uint8Array(Float32Array.of(value).buffer)]);
}

/** AttributeProto: name 1, f 2, i 3, s 4, ints 8, type 20. */
function attribute(name: string, value: Attribute): Part {
  if (typeof value === 'number') return bytes(5, text(1, name), int(3, value), int(20, 2));
  if (typeof value === 'string') return bytes(5, text(1, name), text(4, value), int(20, 3));
  if ('float' in value) return bytes(5, text(1, name), float(2, value.float), int(20, 1));
  return bytes(5, text(1, name), ...value.map((v) => int(8, v)), int(20, 7));
}

/** NodeProto: input 1, output 2, name 3, op_type 4, attribute 5. */
function node({ op, inputs, outputs, attributes = {} }: Node): Part {
  return bytes(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, `${op}_${outputs[0]}`),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  );
}

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
function constant({ name, shape, data }: Constant): Part {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return bytes(
    5,
    ...shape.map((d) => int(1, d)),
    int(2, data instanceof Float32Array ? FLOAT : INT64),
    text(8, name),
    bytes(9, raw),
  );
}

/** ValueInfoProto: name 1, type 2 (tensor_type 1: elem_type 1, shape 2). Without a shape the runtime infers it. */
function value(field: number, name: string, shape?: readonly number[]): Part {
  const dims = shape?.map((d) => bytes(1, int(1, d)));
  return bytes(field, text(1, name), bytes(2, bytes(1, int(1, FLOAT), ...(dims ? [bytes(2, ...dims)] : []))));
}

/** ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8. GraphProto: node 1, name 2, initializer 5, input 11, output 12. */
export function encodeModel(graph: Graph): Uint8Array {
  return joined([
    int(1, IR_VERSION),
    text(2, 'lexel'),
    bytes(
      7,
      ...graph.nodes.map(node),
      text(2, 'graph'),
      ...graph.constants.map(constant),
      value(11, graph.input.name, graph.input.shape),
      value(12, graph.output),
    ),
    bytes(8, text(1, ''), int(2, OPSET)),
  ]);
}
