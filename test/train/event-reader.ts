/**
 * Reads TensorBoard event files without any of the writer's code: its checksum goes bit by bit over the reversed polynomial instead of
 * by table, and the protobuf is parsed by field number as TensorBoard's .proto files give them.
 */
export interface ReadValue {
  tag: string;
  scalar?: number;
  image?: { width: number; height: number; colorspace: number; png: Uint8Array };
  text?: string;
  plugin?: string;
}

export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  sessionStatus?: number;
  values: ReadValue[];
}

type Field = { number: number; wire: number; value: bigint; bytes: Uint8Array };

function* fields(buffer: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++];
      if (byte === undefined) throw new Error('protobuf: a varint runs past the end');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
  };
  while (at < buffer.length) {
    const key = Number(varint());
    const field: Field = { number: key >>> 3, wire: key & 7, value: 0n, bytes: new Uint8Array() };
    if (field.wire === 0) field.value = varint();
    else {
      const size = field.wire === 1 ? 8 : field.wire === 5 ? 4 : field.wire === 2 ? Number(varint()) : Number.NaN;
      if (!(at + size <= buffer.length)) throw new Error(`protobuf: field ${field.number} does not fit`);
      field.bytes = buffer.slice(at, at + size);
      at += size;
    }
    yield field;
  }
}

const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
const first = (buffer: Uint8Array, number: number) => [...fields(buffer)].find((f) => f.number === number);

function value(buffer: Uint8Array): ReadValue {
  const out: ReadValue = { tag: '' };
  for (const f of fields(buffer)) {
    if (f.number === 1) out.tag = text(f.bytes);
    if (f.number === 2) out.scalar = new DataView(f.bytes.buffer).getFloat32(0, true);
    if (f.number === 4) {
      const part = (n: number) => Number(first(f.bytes, n)?.value);
      out.image = {
        height: part(1),
        width: part(2),
        colorspace: part(3),
        png: first(f.bytes, 4)?.bytes ?? new Uint8Array(),
      };
    }
    if (f.number === 8) {
      if (first(f.bytes, 1)?.value !== 7n) throw new Error('tensor: expected DT_STRING');
      out.text = text(first(f.bytes, 8)?.bytes ?? new Uint8Array());
    }
    if (f.number === 9) {
      const plugin = first(f.bytes, 1);
      out.plugin = text(first(plugin?.bytes ?? new Uint8Array(), 1)?.bytes ?? new Uint8Array());
    }
  }
  return out;
}

function event(buffer: Uint8Array): ReadEvent {
  const out: ReadEvent = { wallTime: 0, step: 0, values: [] };
  for (const f of fields(buffer)) {
    if (f.number === 1) out.wallTime = new DataView(f.bytes.buffer).getFloat64(0, true);
    if (f.number === 2) out.step = Number(f.value);
    if (f.number === 3) out.fileVersion = text(f.bytes);
    if (f.number === 5) for (const v of fields(f.bytes)) out.values.push(value(v.bytes));
    if (f.number === 7) out.sessionStatus = Number(first(f.bytes, 1)?.value);
  }
  return out;
}

function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn);
}

/** All events. @throws Error on a wrong checksum; a record that stops early (a kill while writing) ends the file. */
export function readEvents(file: Uint8Array): { events: ReadEvent[]; truncated: boolean } {
  const events: ReadEvent[] = [];
  const bytes = Uint8Array.from(file);
  const view = new DataView(bytes.buffer);
  let at = 0;
  while (at < bytes.length) {
    if (at + 12 > bytes.length) return { events, truncated: true };
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== maskedChecksum(bytes.slice(at, at + 8)))
      throw new Error(`length checksum at ${at}`);
    if (at + 16 + length > bytes.length) return { events, truncated: true };
    const data = bytes.slice(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== maskedChecksum(data)) throw new Error(`data checksum at ${at}`);
    events.push(event(data));
    at += 16 + length;
  }
  return { events, truncated: false };
}
