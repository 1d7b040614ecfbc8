import { FormatError, fromHalf, type HostArray, type Shape, sizeOf } from '../gpu/index.ts';

/**
 * The safetensors container: 8 bytes of header length (little-endian), a JSON header, then raw little-endian tensors.
 * Format: https://huggingface.co/docs/safetensors
 */
export interface TensorFile {
  readonly tensors: Map<string, { shape: Shape; data: HostArray }>;
  readonly metadata: Record<string, string>;
}

const BYTES: Record<string, number> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};
/** The reference implementation's bound on the header, against files that ask for absurd allocations. */
const MAX_HEADER = 100_000_000;

interface Entry {
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

/**
 * Reads a whole file; every tensor comes back as f32, i32 or u32.
 * @param name appears in errors.
 * @throws FormatError naming the file, the tensor and the offset of the first fault.
 */
export function readSafetensors(bytes: Uint8Array, name = 'weights'): TensorFile {
  const fail = (why: string, at: number): never => {
    throw new FormatError(`${name}: not a valid safetensors file: ${why} (at byte ${at})`, {
      hint: 'The file is damaged or of another kind; download or export it again.',
    });
  };
  if (bytes.byteLength < 8) fail(`expected at least 8 bytes, got ${bytes.byteLength}`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER) fail(`a header of ${length} bytes is larger than ${MAX_HEADER}`, 0);
  if (8 + length > bytes.byteLength) fail(`a header of ${length} bytes does not fit the file's ${bytes.byteLength}`, 0);
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + length));
  } catch {
    fail('the header is not UTF-8', 8);
  }
  if (!text.startsWith('{')) fail('the header must start with {', 8);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    fail('the header is not JSON', 8);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) fail('the header is no object', 8);
  const twice = duplicateKey(text);
  if (twice !== undefined) fail(`${JSON.stringify(twice)} stands twice in the header`, 8);
  const { __metadata__: meta, ...rest } = header as Record<string, unknown>;
  const metadata: Record<string, string> = {};
  if (meta !== undefined) {
    if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) fail('__metadata__ must be an object', 8);
    for (const [k, v] of Object.entries(meta as object)) {
      if (typeof v !== 'string') fail(`__metadata__.${k} must be a string`, 8);
      metadata[k] = v as string;
    }
  }
  const start = 8 + length;
  const room = bytes.byteLength - start;
  const entries: [string, Entry][] = Object.entries(rest).map(([key, value]) => {
    const e = checkEntry(value, (why) => fail(`${key}: ${why}`, 8));
    if (e.end > room) fail(`${key} ends at ${e.end}, the data has ${room} bytes`, start);
    return [key, e];
  });
  // The format allows neither holes nor overlaps: tensors must tile the data exactly.
  let at = 0;
  for (const [key, e] of [...entries].sort((a, b) => a[1].begin - b[1].begin || a[1].end - b[1].end)) {
    if (e.begin !== at) fail(`${key} begins at ${e.begin}, expected ${at} (holes and overlaps are not allowed)`, start);
    at = e.end;
  }
  if (at !== room) fail(`tensors end at ${at}, the data has ${room} bytes`, start + at);
  const tensors = new Map(
    entries.map(([key, e]) => [
      key,
      {
        shape: e.shape, // Not slice(): a Node Buffer would share its memory, alignment and all.
        data: decode(e.dtype, new Uint8Array(bytes.subarray(start + e.begin, start + e.end))),
      },
    ]),
  );
  return { tensors, metadata };
}

function checkEntry(value: unknown, fail: (why: string) => never): Entry {
  if (typeof value !== 'object' || value === null) return fail('must be an object');
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) return fail(`unknown dtype ${JSON.stringify(dtype)}`);
  const whole = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;
  if (!Array.isArray(shape) || !shape.every(whole)) return fail('shape must hold whole numbers from 0');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole))
    return fail('data_offsets must be a pair');
  const [begin, end] = offsets as [number, number];
  const size = sizeOf(shape as number[]) * BYTES[dtype];
  if (!Number.isSafeInteger(size)) return fail('its size overflows');
  if (end - begin !== size) return fail(`shape and dtype need ${size} bytes, data_offsets give ${end - begin}`);
  return { dtype, shape: shape as number[], begin, end };
}

/** The first key that stands twice in an object of the header: JSON.parse would silently keep the last. */
function duplicateKey(text: string): string | undefined {
  const stack: (Set<string> | undefined)[] = [];
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    const ch = text[i];
    if (ch === '"') {
      let j = i + 1;
      while (text[j] !== '"') j += text[j] === '\\' ? 2 : 1;
      const top = stack.at(-1);
      if (expectKey && top) {
        const key = JSON.parse(text.slice(i, j + 1)) as string;
        if (top.has(key)) return key;
        top.add(key);
        expectKey = false;
      }
      i = j;
    } else if (ch === '{') {
      stack.push(new Set());
      expectKey = true;
    } else if (ch === '[') {
      stack.push(undefined);
      expectKey = false;
    } else if (ch === '}' || ch === ']') stack.pop();
    else if (ch === ',') expectKey = stack.at(-1) !== undefined;
  }
  return undefined;
}

function decode(dtype: string, raw: Uint8Array<ArrayBuffer>): HostArray {
  const view = new DataView(raw.buffer);
  const n = raw.byteLength / BYTES[dtype];
  const floats = (read: (i: number) => number) => Float32Array.from({ length: n }, (_, i) => read(i));
  switch (dtype) {
    case 'F32':
      return floats((i) => view.getFloat32(i * 4, true));
    case 'F16':
      return floats((i) => fromHalf(view.getUint16(i * 2, true)));
    case 'BF16':
      return new Float32Array(Uint32Array.from({ length: n }, (_, i) => view.getUint16(i * 2, true) << 16).buffer);
    case 'F64':
      return floats((i) => view.getFloat64(i * 8, true));
    case 'I32':
      return Int32Array.from({ length: n }, (_, i) => view.getInt32(i * 4, true));
    case 'U32':
      return Uint32Array.from({ length: n }, (_, i) => view.getUint32(i * 4, true));
    case 'I64':
      return Int32Array.from({ length: n }, (_, i) => Number(view.getBigInt64(i * 8, true)));
    case 'U64':
      return Uint32Array.from({ length: n }, (_, i) => Number(view.getBigUint64(i * 8, true)));
    case 'I16':
      return Int32Array.from({ length: n }, (_, i) => view.getInt16(i * 2, true));
    case 'U16':
      return Uint32Array.from({ length: n }, (_, i) => view.getUint16(i * 2, true));
    case 'I8':
      return Int32Array.from({ length: n }, (_, i) => view.getInt8(i));
    default:
      return Uint32Array.from(raw);
  }
}

/** Writes a file; f32 values are stored as F16 when `half` says so for their name. */
export function writeSafetensors(
  file: TensorFile,
  half: (name: string) => boolean = () => false,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(file.metadata).length > 0) header.__metadata__ = file.metadata;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of file.tensors) {
    const small = data instanceof Float32Array && half(name);
    const part = small ? new Uint8Array(Uint16Array.from(data, toHalf).buffer) : new Uint8Array(data.slice().buffer);
    const dtype = small ? 'F16' : data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U32';
    header[name] = { dtype, shape: [...shape], data_offsets: [at, at + part.byteLength] };
    parts.push(part);
    at += part.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // Spaces bring the data to a multiple of 8, as the reference writer does.
  const padded = Math.ceil(text.byteLength / 8) * 8;
  const out = new Uint8Array(8 + padded + at);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.fill(0x20, 8, 8 + padded);
  out.set(text, 8);
  let to = 8 + padded;
  for (const p of parts) {
    out.set(p, to);
    to += p.byteLength;
  }
  return out;
}

const scratch = new DataView(new ArrayBuffer(4));

/** IEEE binary16 bits of a float, rounded to nearest even; overflow gives infinity. */
export function toHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  let mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  let e = exponent - 112;
  if (e >= 31) return sign | 0x7c00;
  if (e <= 0) {
    if (e < -10) return sign;
    mantissa |= 0x800000;
    const shift = 14 - e;
    const half = mantissa >>> shift;
    const rest = mantissa & ((1 << shift) - 1);
    const middle = 1 << (shift - 1);
    return sign | (half + (rest > middle || (rest === middle && half & 1) ? 1 : 0));
  }
  let half = mantissa >>> 13;
  const rest = mantissa & 0x1fff;
  if (rest > 0x1000 || (rest === 0x1000 && half & 1)) half++;
  if (half === 0x400) {
    half = 0;
    e++;
    if (e >= 31) return sign | 0x7c00;
  }
  return sign | (e << 10) | half;
}
