/**
 * TensorBoard event files: records of a length, its checksum, a protobuf Event and its checksum.
 * Framing: https://www.tensorflow.org/tutorials/load_data/tfrecord; messages: event.proto, summary.proto and tensor.proto of TensorBoard.
 */

/** CRC-32C (Castagnoli), a byte at a time. https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 */
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
  return c;
});

export function crc32c(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const b of bytes) c = TABLE[(c ^ b) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** A checksum that may stand beside data which itself holds checksums. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Frames one record: length (u64), its checksum, the data, its checksum; all little-endian. */
export function frameRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(16 + data.length);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return out;
}

/** The wire types that the messages need. https://protobuf.dev/programming-guides/encoding/ */
class Message {
  private readonly bytes: number[] = [];

  varint(field: number, value: number): this {
    this.raw(field * 8);
    this.raw(value);
    return this;
  }

  double(field: number, value: number): this {
    this.raw(field * 8 + 1);
    this.bytes.push(...new Uint8Array(Float64Array.of(value).buffer));
    return this;
  }

  float(field: number, value: number): this {
    this.raw(field * 8 + 5);
    this.bytes.push(...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  data(field: number, value: Uint8Array | string | Message): this {
    const data =
      typeof value === 'string' ? new TextEncoder().encode(value) : value instanceof Message ? value.finish() : value;
    this.raw(field * 8 + 2);
    this.raw(data.length);
    for (const b of data) this.bytes.push(b);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes);
  }

  /** A varint of a whole number up to 2^53. */
  private raw(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.bytes.push(rest);
  }
}

/** One entry of a dashboard; `tag` says under which name. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly image: { width: number; height: number; png: Uint8Array } }
  /** Markdown. */
  | { readonly tag: string; readonly text: string };

const GREY = 1;
const DT_STRING = 7;
const SESSION_START = 1;

function encodeValue(v: SummaryValue): Message {
  const message = new Message().data(1, v.tag);
  if ('scalar' in v) return message.float(2, v.scalar);
  if ('image' in v) {
    const { width, height, png } = v.image;
    return message.data(4, new Message().varint(1, height).varint(2, width).varint(3, GREY).data(4, png));
  }
  const plugin = new Message().data(1, new Message().data(1, 'text'));
  const shape = new Message().data(2, new Message().varint(1, 1));
  const tensor = new Message().varint(1, DT_STRING).data(2, shape).data(8, v.text);
  return message.data(8, tensor).data(9, plugin);
}

/** An event of `step` at `seconds` since 1970, framed. */
export function summaryRecord(seconds: number, step: number, values: readonly SummaryValue[]): Uint8Array<ArrayBuffer> {
  const summary = new Message();
  for (const v of values) summary.data(1, encodeValue(v));
  return frameRecord(new Message().double(1, seconds).varint(2, step).data(5, summary).finish());
}

/**
 * The beginning of an event file. A file that goes on at `step` tells TensorBoard to forget what earlier ones say of later steps: a run
 * that was killed repeats them.
 */
export function openingRecords(seconds: number, step: number): Uint8Array<ArrayBuffer> {
  const version = frameRecord(new Message().double(1, seconds).data(3, 'brain.Event:2').finish());
  if (step === 0) return version;
  const start = new Message().double(1, seconds).varint(2, step + 1);
  const session = frameRecord(start.data(7, new Message().varint(1, SESSION_START)).finish());
  const out = new Uint8Array(version.length + session.length);
  out.set(version);
  out.set(session, version.length);
  return out;
}
