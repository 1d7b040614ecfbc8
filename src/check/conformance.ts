/**
 * Reader for folders of conformance cases (CONFORMANCE.md): a `manifest.json`, and for each suite a JSON of cases beside a binary file of
 * little-endian tensors. Used by the tests and by `lexel conform`. It does no I/O of its own, so it runs wherever bytes can be had.
 */
export type ReadFile = (path: string) => Promise<Uint8Array>;

export type TensorRole = 'input' | 'param' | 'state' | 'cotangent' | 'output' | 'grad';
export type TensorDtype = 'f32' | 'i32' | 'u8' | 'f64';
export type TensorData = Float32Array | Int32Array | Uint8Array | Float64Array;

export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

export interface ConformanceTensor {
  readonly role: TensorRole;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
  readonly tol?: Tolerance;
  /** Largest error of PyTorch's own float32, the yardstick of the ratio. */
  readonly torchF32MaxErr?: number;
  /** grad: the tensor it belongs to. */
  readonly wrt?: string;
  /** cotangent: the output it belongs to. */
  readonly of?: string;
}

export interface ConformanceCase {
  readonly id: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly note?: string;
  readonly tensors: Readonly<Record<string, ConformanceTensor>>;
  /** The case as parsed: fields that only some suites have (grad_unspecified_samples, ...) are read from here. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface ConformanceSuite {
  readonly suite: string;
  readonly description: string;
  readonly cases: readonly ConformanceCase[];
}

export interface ManifestEntry {
  readonly suite: string;
  readonly kind: string;
  readonly count: number;
}

/** A file that is not what CONFORMANCE.md says: which file, and what is wrong. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.file = file;
  }
}

let crcTable: Uint32Array | undefined;

/** CRC-32 (IEEE 802.3, reflected, polynomial 0xEDB88320): zlib's. Written out because Node 20 has it only in later releases. */
export function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Typed field access that names the file and the field when the JSON is not as promised. */
class Fields {
  readonly #file: string;
  readonly #where: string;
  readonly value: Json;

  constructor(file: string, where: string, value: unknown) {
    if (!isObject(value)) throw new ConformanceError(file, `${where} must be an object`);
    this.#file = file;
    this.#where = where;
    this.value = value;
  }

  #fail(key: string, expected: string): never {
    throw new ConformanceError(
      this.#file,
      `${this.#where}.${key} must be ${expected}, got ${JSON.stringify(this.value[key])}`,
    );
  }

  string(key: string): string {
    const value = this.value[key];
    return typeof value === 'string' ? value : this.#fail(key, 'a string');
  }

  number(key: string): number {
    const value = this.value[key];
    return typeof value === 'number' ? value : this.#fail(key, 'a number');
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    return allowed.find((name) => name === this.value[key]) ?? this.#fail(key, `one of ${allowed.join(', ')}`);
  }

  extents(key: string): number[] {
    const value = this.value[key];
    const ok = (extent: unknown): extent is number =>
      typeof extent === 'number' && Number.isSafeInteger(extent) && extent >= 0;
    return Array.isArray(value) && value.every(ok) ? value : this.#fail(key, 'a list of extents');
  }

  list(key: string): readonly unknown[] {
    const value = this.value[key];
    return Array.isArray(value) ? value : this.#fail(key, 'a list');
  }

  object(key: string): Json {
    const value = this.value[key];
    return isObject(value) ? value : this.#fail(key, 'an object');
  }

  optionalString(key: string): string | undefined {
    return this.value[key] === undefined ? undefined : this.string(key);
  }

  optionalNumber(key: string): number | undefined {
    return this.value[key] === undefined || this.value[key] === null ? undefined : this.number(key);
  }
}

const ROLES: readonly TensorRole[] = ['input', 'param', 'state', 'cotangent', 'output', 'grad'];
const ELEMENT_BYTES: Readonly<Record<TensorDtype, number>> = { f32: 4, i32: 4, u8: 1, f64: 8 };
const DTYPES: readonly TensorDtype[] = ['f32', 'i32', 'u8', 'f64'];

/** Reads through a DataView: the file's byte order is little-endian, the machine's need not be, nor its buffer aligned. */
function readTensor(bytes: Uint8Array, dtype: TensorDtype, offset: number, count: number): TensorData {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, count * ELEMENT_BYTES[dtype]);
  switch (dtype) {
    case 'f32':
      return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
    case 'i32':
      return Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
    case 'f64':
      return Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
    case 'u8':
      return bytes.slice(offset, offset + count);
  }
}

function parseTensor(file: string, where: string, value: unknown, bytes: Uint8Array): ConformanceTensor {
  const fields = new Fields(file, where, value);
  const dtype = fields.oneOf('dtype', DTYPES);
  const shape = fields.extents('shape');
  const offset = fields.number('offset');
  const count = shape.reduce((size, extent) => size * extent, 1);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % 16 !== 0) {
    throw new ConformanceError(file, `${where}.offset must be a multiple of 16, got ${offset}`);
  }
  if (!Number.isSafeInteger(count) || offset + count * ELEMENT_BYTES[dtype] > bytes.length) {
    throw new ConformanceError(
      file,
      `${where} [${shape}] at ${offset} reaches past the end of the data (${bytes.length} bytes)`,
    );
  }
  const tol = fields.value.tol === undefined ? undefined : new Fields(file, `${where}.tol`, fields.value.tol);
  return {
    role: fields.oneOf('role', ROLES),
    dtype,
    shape,
    data: readTensor(bytes, dtype, offset, count),
    tol: tol && { atol: tol.number('atol'), rtol: tol.number('rtol') },
    torchF32MaxErr: fields.optionalNumber('torch_f32_maxerr'),
    wrt: fields.optionalString('wrt'),
    of: fields.optionalString('of'),
  };
}

function parseCase(file: string, value: unknown, index: number, bytes: Uint8Array): ConformanceCase {
  const fields = new Fields(file, `cases[${index}]`, value);
  const id = fields.string('id');
  const tensors: Record<string, ConformanceTensor> = {};
  for (const [name, tensor] of Object.entries(fields.object('tensors'))) {
    tensors[name] = parseTensor(file, `${id}: ${name}`, tensor, bytes);
  }
  const tags = fields.value.tags === undefined ? [] : fields.list('tags').filter((tag) => typeof tag === 'string');
  return {
    id,
    op: fields.string('op'),
    attrs: fields.value.attrs === undefined ? {} : fields.object('attrs'),
    tags,
    note: fields.optionalString('note'),
    tensors,
    raw: fields.value,
  };
}

async function readJson(path: string, readFile: ReadFile): Promise<Fields> {
  const bytes = await readFile(path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ConformanceError(path, 'is not valid JSON', { cause });
  }
  return new Fields(path, 'the file', parsed);
}

/** The suites that `dir/manifest.json` lists. Kinds other than 'tensors' have their own readers. */
export async function loadManifest(dir: string, readFile: ReadFile): Promise<ManifestEntry[]> {
  const path = `${dir}/manifest.json`;
  const manifest = await readJson(path, readFile);
  return manifest.list('suites').map((entry, i) => {
    const fields = new Fields(path, `suites[${i}]`, entry);
    return {
      suite: fields.string('suite'),
      kind: fields.optionalString('kind') ?? 'tensors',
      count: fields.optionalNumber('count') ?? 0,
    };
  });
}

/** One suite with its tensors; throws ConformanceError where size, checksum, counts or fields are not as declared. */
export async function loadSuite(dir: string, name: string, readFile: ReadFile): Promise<ConformanceSuite> {
  const path = `${dir}/${name}.json`;
  const fields = await readJson(path, readFile);
  const data = fields.string('data');
  if (/[/\\]|^\.\.?$/.test(data))
    throw new ConformanceError(path, `data must name a file beside it, got ${JSON.stringify(data)}`);
  const bytes = await readFile(`${dir}/${data}`);
  if (bytes.length !== fields.number('bytes')) {
    throw new ConformanceError(
      `${dir}/${data}`,
      `holds ${bytes.length} bytes, ${name}.json says ${fields.number('bytes')}`,
    );
  }
  const crc = crc32(bytes);
  if (crc !== fields.number('crc32')) {
    throw new ConformanceError(`${dir}/${data}`, `has CRC-32 ${crc}, ${name}.json says ${fields.number('crc32')}`);
  }
  const cases = fields.list('cases').map((value, i) => parseCase(path, value, i, bytes));
  const count = fields.optionalNumber('count') ?? cases.length;
  if (count !== cases.length) throw new ConformanceError(path, `lists ${cases.length} cases, count says ${count}`);
  return { suite: fields.string('suite'), description: fields.optionalString('description') ?? '', cases };
}
