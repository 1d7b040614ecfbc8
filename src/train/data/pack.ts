import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { FormatError } from '../../gpu/errors.ts';
import { csvLine } from './csv.ts';
import { type LabelRow, parseLabels } from './labels.ts';
import type { GreyImage } from './stats.ts';

/**
 * A packed set: one safetensors file with two U8 tensors. `pixels` holds the grey images at natural size, one after
 * another; `index` is CSV text, `ImageName,Label,Height,Width`, a line an image in the same order. Nothing has to be
 * opened or decoded while training, and neighbours on the list are neighbours on the disk.
 */
const FORMAT = 'lexel-pack-1';
/** Header bytes kept free at the start: sizes are known only at the end. */
const HEADER_BYTES = 1024 - 8;
/** Bytes gathered before a write. */
const WRITE_BYTES = 4 * 1024 * 1024;
const HEADER_LINE = csvLine(['ImageName', 'Label', 'Height', 'Width']);

/** Writes a packed set beside its place and moves it there when it is whole. */
export class PackWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #buffer = new Uint8Array(WRITE_BYTES);
  #filled = 0;
  #at = 8 + HEADER_BYTES;
  #pixels = 0;
  #index: string[] = [HEADER_LINE];
  #images = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  static async create(path: string): Promise<PackWriter> {
    const temporary = `${path}.${process.pid}.tmp`;
    return new PackWriter(path, temporary, await open(temporary, 'w'));
  }

  get path(): string {
    return this.#path;
  }

  get images(): number {
    return this.#images;
  }

  /** Appends one image with its name and label. */
  async add(file: string, label: string, image: GreyImage): Promise<void> {
    await this.#write(image.grey);
    this.#pixels += image.grey.byteLength;
    this.#index.push(csvLine([file, label, image.height, image.width]));
    this.#images++;
  }

  /** Writes index and header, syncs, and gives the file its name. @param metadata more entries of the header */
  async finish(metadata: Readonly<Record<string, string>> = {}): Promise<void> {
    const index = new TextEncoder().encode(this.#index.join(''));
    await this.#write(index);
    await this.#flush();
    const header = {
      __metadata__: { ...metadata, format: FORMAT, images: String(this.#images) },
      pixels: { dtype: 'U8', shape: [this.#pixels], data_offsets: [0, this.#pixels] },
      index: { dtype: 'U8', shape: [index.byteLength], data_offsets: [this.#pixels, this.#pixels + index.byteLength] },
    };
    const text = new TextEncoder().encode(JSON.stringify(header));
    if (text.byteLength > HEADER_BYTES) throw new RangeError(`PackWriter: metadata of ${text.byteLength} bytes`);
    const head = new Uint8Array(8 + HEADER_BYTES).fill(0x20);
    new DataView(head.buffer).setBigUint64(0, BigInt(HEADER_BYTES), true);
    head.set(text, 8);
    await this.#file.write(head, 0, head.byteLength, 0);
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, this.#path);
  }

  /** Ends without a file. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#filled + bytes.byteLength > WRITE_BYTES) await this.#flush();
    if (bytes.byteLength > WRITE_BYTES) {
      await this.#put(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#filled);
    this.#filled += bytes.byteLength;
  }

  async #flush(): Promise<void> {
    await this.#put(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  async #put(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.byteLength - done, this.#at);
      done += bytesWritten;
      this.#at += bytesWritten;
    }
  }
}

/** A row of a packed set, with its size. */
export interface PackedRow extends LabelRow {
  readonly height: number;
  readonly width: number;
}

/** An open packed set: rows in memory, pixels on the disk. */
export class Pack {
  private constructor(
    readonly path: string,
    readonly rows: readonly PackedRow[],
    readonly metadata: Readonly<Record<string, string>>,
    private readonly file: FileHandle,
    /** First byte of each image in the file, and one past the last. */
    private readonly offsets: Float64Array,
  ) {}

  /** @throws FormatError where the file is no whole packed set */
  static async open(path: string): Promise<Pack> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const head = await readAt(file, 0, Math.min(size, 8 + HEADER_BYTES));
      const { metadata, pixels, index, data } = parseHeader(head, size, path);
      const text = new TextDecoder().decode(await readAt(file, data + index[0], index[1] - index[0]));
      const { rows, skipped } = parseLabels(text, 'csv');
      const sized = rows.filter((r): r is PackedRow => r.height !== undefined && r.width !== undefined);
      const offsets = new Float64Array(sized.length + 1);
      offsets[0] = data + pixels[0];
      sized.forEach((r, i) => {
        offsets[i + 1] = offsets[i] + r.height * r.width;
      });
      if (skipped.length > 0 || sized.length !== rows.length || offsets[sized.length] !== data + pixels[1])
        throw broken(path, 'its index does not fit its pixels');
      return new Pack(path, sized, metadata, file, offsets);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Pixels of rows `from` to `to - 1`, in one read. */
  async pixels(from: number, to: number): Promise<Uint8Array> {
    return readAt(this.file, this.offsets[from], this.offsets[to] - this.offsets[from]);
  }

  /** Byte of row `i` within what `pixels(from, ...)` gave. */
  offset(i: number, from: number): number {
    return this.offsets[i] - this.offsets[from];
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function broken(path: string, why: string): FormatError {
  return new FormatError(`${path}: not a whole packed set: ${why}`, { hint: 'Make it again: lexel data import.' });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new FormatError('the file became shorter while it was read', { hint: 'Try again.' });
    done += bytesRead;
  }
  return bytes;
}

function parseHeader(head: Uint8Array, size: number, path: string) {
  if (head.byteLength < 8 + HEADER_BYTES) throw broken(path, `${size} bytes are too few`);
  const length = Number(new DataView(head.buffer).getBigUint64(0, true));
  if (length !== HEADER_BYTES) throw broken(path, `expected a header of ${HEADER_BYTES} bytes, got ${length}`);
  let header: {
    __metadata__?: Record<string, string>;
    pixels?: { data_offsets?: [number, number] };
    index?: { data_offsets?: [number, number] };
  };
  try {
    header = JSON.parse(new TextDecoder().decode(head.subarray(8)));
  } catch {
    throw broken(path, 'its header is not JSON');
  }
  const metadata = header.__metadata__;
  const pixels = header.pixels?.data_offsets;
  const index = header.index?.data_offsets;
  if (metadata?.format !== FORMAT || !pixels || !index) throw broken(path, `its format is not ${FORMAT}`);
  const data = 8 + HEADER_BYTES;
  if (pixels[0] !== 0 || index[0] !== pixels[1] || data + index[1] !== size)
    throw broken(path, `expected ${data + index[1]} bytes, got ${size}`);
  return { metadata, pixels, index, data };
}
