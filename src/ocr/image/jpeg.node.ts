import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { greyFromRgba, orient } from './grey.ts';
import { type JpegHeader, readJpegHeader } from './jpeg.ts';
import { damaged, nameOf, truncated } from './problems.ts';
import type { DecodeOptions, GreyImage } from './types.ts';

// MozJPEG (wasm, npm @jsquash/jpeg) decodes a word crop in 0.05 ms, jpeg-js in 0.35 (medians of 500 MJSynth crops), and
// upsamples chroma as every other program does. It knows no CMYK, which jpeg-js does; each of those is 1 in thousands.

interface Decoder {
  decode(bytes: Uint8Array): { data: Uint8ClampedArray; width: number; height: number } | null;
  /** libjpeg's first line since the last decode began. */
  complaint: string;
}

/** Pixels after which an instance is dropped: wasm memory never shrinks. */
const KEEP_PIXELS = 4 * 1024 * 1024;
/** What libjpeg says of pictures that are nevertheless whole. */
const HARMLESS = /extraneous bytes before marker|unknown JFIF revision|Unknown Adobe color|Invalid SOS parameters/;

let module: Promise<WebAssembly.Module> | undefined;
let decoder: Promise<Decoder> | undefined;

async function createDecoder(): Promise<Decoder> {
  const factory = await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
  module ??= readFile(createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')).then((b) =>
    WebAssembly.compile(b),
  );
  const compiled = await module;
  const state = { complaint: '' };
  const options = {
    noInitialRun: true,
    print: () => undefined,
    printErr: (line: string) => {
      if (HARMLESS.test(line) || state.complaint) return;
      state.complaint = line;
      // Leaves the decoder at once: it would go on filling a mutated header's 64 megapixels with grey.
      throw new Error(line);
    },
    instantiateWasm: (imports: WebAssembly.Imports, done: (m: never) => void) => {
      const instance = new WebAssembly.Instance(compiled, imports);
      done(instance as never);
      return instance.exports;
    },
  };
  const codec = await withImageData(() => factory.default(options));
  return {
    decode: (bytes) => {
      state.complaint = '';
      return withImageData(() => codec.decode(bytes as Uint8Array<ArrayBuffer>, false)) as ReturnType<
        Decoder['decode']
      >;
    },
    get complaint() {
      return state.complaint;
    },
  };
}

/** The wasm glue makes results with a global ImageData, and defines one where Node has none: it must not stay. */
function withImageData<T>(body: () => T): T {
  const scope = globalThis as { ImageData?: unknown };
  const before = Object.getOwnPropertyDescriptor(scope, 'ImageData');
  if (!before)
    Object.defineProperty(scope, 'ImageData', {
      configurable: true,
      writable: true,
      value: class {
        constructor(
          readonly data: Uint8ClampedArray,
          readonly width: number,
          readonly height: number,
        ) {}
      },
    });
  try {
    return body();
  } finally {
    if (!before) delete scope.ImageData;
  }
}

async function decodeCmyk(bytes: Uint8Array): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { default: jpegJs } = await import('jpeg-js');
  return jpegJs.decode(bytes, { useTArray: true, tolerantDecoding: false, maxMemoryUsageInMB: 1024 });
}

async function decodeColour(bytes: Uint8Array, header: JpegHeader, name: string): Promise<GreyImage> {
  decoder ??= createDecoder();
  const current = await decoder;
  try {
    const pixels = current.decode(bytes);
    if (!pixels || pixels.width !== header.width || pixels.height !== header.height)
      throw new Error('the decoder gave no picture');
    const image = greyFromRgba(pixels.data, pixels.width, pixels.height);
    if (header.width * header.height > KEEP_PIXELS) decoder = undefined;
    return image;
  } catch (cause) {
    // An instance that has thrown is in no known state.
    decoder = undefined;
    const why = current.complaint || (cause instanceof Error ? cause.message : 'it does not decode');
    if (/premature end/i.test(why)) throw truncated(name, 'JPEG', 'its image data stops early');
    throw damaged(name, 'JPEG', why, cause);
  }
}

/**
 * Decodes a baseline or progressive JPEG, grey, colour or CMYK, turned as its EXIF orientation says.
 * @throws ImageError
 */
export async function decodeJpeg(bytes: Uint8Array, options: DecodeOptions): Promise<GreyImage> {
  const name = nameOf(options);
  const header = readJpegHeader(bytes, options);
  const picture = bytes.subarray(0, header.end);
  if (header.components !== 4) return orient(await decodeColour(picture, header, name), header.orientation);
  try {
    const { data, width, height } = await decodeCmyk(picture);
    return orient(greyFromRgba(data, width, height), header.orientation);
  } catch (cause) {
    throw damaged(name, 'JPEG', cause instanceof Error ? cause.message : String(cause), cause);
  }
}
