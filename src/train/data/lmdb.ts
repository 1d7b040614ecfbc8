import { type FileHandle, open } from 'node:fs/promises';
import { FormatError } from '../../gpu/errors.ts';

const HEADER = 16;
const MAGIC = 0xbeefc0de;
const VERSION = 1;
const BRANCH = 1;
const LEAF = 2;
/** Node flags: the value lies on pages of its own; the value is a database or sorted duplicates. */
const BIG = 1;
const NESTED = 6;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** Deeper than any tree that fits a disk: a file that points in circles ends here. */
const MAX_DEPTH = 32;

/**
 * Reads one entry after another of an LMDB file (data.mdb, 64-bit, little-endian) by key. Read-only and written by hand:
 * sets of word crops ship in this format, and walking its B+ tree needs no native library and no lock file.
 * Layout: http://www.lmdb.tech/doc/group__internal.html
 */
export class Lmdb {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly pageSize: number,
    private readonly root: bigint,
    /** Key and value pairs. */
    readonly entries: number,
  ) {}

  /** @throws FormatError where the file is no LMDB of this kind */
  static async open(path: string): Promise<Lmdb> {
    const file = await open(path, 'r');
    try {
      const first = await metaAt(file, 0, path);
      const second = await metaAt(file, first.pageSize, path);
      const meta = second.transaction > first.transaction ? second : first;
      return new Lmdb(path, file, meta.pageSize, meta.root, meta.entries);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The value of a key, undefined where there is none. */
  async get(key: string): Promise<Uint8Array | undefined> {
    const wanted = Buffer.from(key);
    let page = this.root;
    for (let depth = 0; page !== NO_PAGE; depth++) {
      if (depth > MAX_DEPTH) throw this.#broken(`more than ${MAX_DEPTH} levels`);
      const b = await this.#read(page, this.pageSize);
      const flags = b.readUInt16LE(10);
      const nodes = (b.readUInt16LE(12) - HEADER) / 2;
      if (!(flags & (BRANCH | LEAF)) || !Number.isInteger(nodes) || nodes < 0 || HEADER + 2 * nodes > this.pageSize)
        throw this.#broken(`page ${page} is none of a tree`);
      // The last node whose key is not above; the first key of a branch is below all.
      let low = flags & BRANCH ? 1 : 0;
      let high = nodes;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (Buffer.compare(this.#node(b, middle, page).key, wanted) <= 0) low = middle + 1;
        else high = middle;
      }
      if (low === 0) return undefined;
      const node = this.#node(b, low - 1, page);
      if (flags & LEAF) return node.key.equals(wanted) ? this.#value(b, node, page) : undefined;
      page = BigInt(node.size) + (BigInt(node.flags) << 32n);
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  #node(b: Buffer, i: number, page: bigint) {
    const at = b.readUInt16LE(HEADER + 2 * i);
    if (at + 8 > b.length || at + 8 + b.readUInt16LE(at + 6) > b.length) throw this.#broken(`page ${page}, node ${i}`);
    const end = at + 8 + b.readUInt16LE(at + 6);
    return { size: b.readUInt32LE(at), flags: b.readUInt16LE(at + 4), key: b.subarray(at + 8, end), end };
  }

  async #value(b: Buffer, node: { size: number; flags: number; end: number }, page: bigint): Promise<Uint8Array> {
    if (node.flags & NESTED) throw this.#broken(`page ${page} holds several values for a key`);
    if (!(node.flags & BIG)) {
      if (node.end + node.size > b.length) throw this.#broken(`page ${page}, a value beyond its end`);
      return Uint8Array.from(b.subarray(node.end, node.end + node.size));
    }
    if (node.end + 8 > b.length) throw this.#broken(`page ${page}, a value beyond its end`);
    const whole = await this.#read(b.readBigUInt64LE(node.end), HEADER + node.size);
    return whole.subarray(HEADER);
  }

  async #read(page: bigint, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.file.read(bytes, 0, length, Number(page) * this.pageSize);
    if (bytesRead < length) throw this.#broken(`page ${page} lies beyond its end`);
    return bytes;
  }

  #broken(why: string): FormatError {
    return new FormatError(`${this.path}: not a whole LMDB file: ${why}`, { hint: 'Copy or download it again.' });
  }
}

async function metaAt(file: FileHandle, position: number, path: string) {
  const b = Buffer.alloc(152);
  const { bytesRead } = await file.read(b, 0, b.length, position);
  const version = b.readUInt32LE(20);
  const pageSize = b.readUInt32LE(40);
  if (
    bytesRead < b.length ||
    b.readUInt32LE(16) !== MAGIC ||
    version !== VERSION ||
    pageSize < 512 ||
    pageSize > 65_536
  )
    throw new FormatError(`${path}: expected an LMDB file of version ${VERSION}, got something else`, {
      hint: 'Name the folder with data.mdb, made on a 64-bit machine.',
    });
  return {
    pageSize,
    entries: Number(b.readBigUInt64LE(120)),
    root: b.readBigUInt64LE(128),
    transaction: b.readBigUInt64LE(144),
  };
}
