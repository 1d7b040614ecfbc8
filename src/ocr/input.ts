import { AbortedError, getHost, ImageError } from '../gpu/index.ts';
import { decodeImage, type GreyImage, greyFromRgba } from './image/index.ts';

/** Raw pixels: RGBA, RGB or grey, told apart by their number. */
export interface RawPixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Everything a picture may come as. A string is a path under Node or a URL. */
export type ImageInput =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | Uint8Array
  | RawPixels
  | GreyImage
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas
  | VideoFrame;

/** No letter is drawn with fewer rows or columns. */
const LEAST_SIDE = 3;

/** A part of a picture, in pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function isGrey(v: unknown): v is GreyImage {
  return typeof v === 'object' && v !== null && (v as GreyImage).grey instanceof Uint8Array;
}

function isRaw(v: unknown): v is RawPixels {
  const data = (v as RawPixels | null | undefined)?.data;
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray;
}

/** Any picture as grey pixels. @throws ImageError naming what is wrong. */
export async function toGrey(input: ImageInput, signal?: AbortSignal): Promise<GreyImage> {
  if (isGrey(input)) return checked(input);
  if (input instanceof Uint8Array) return decodeImage(input);
  if (input instanceof ArrayBuffer) return decodeImage(new Uint8Array(input));
  if (typeof Blob !== 'undefined' && input instanceof Blob)
    return decodeImage(new Uint8Array(await input.arrayBuffer()), { name: (input as File).name });
  if (typeof input === 'string' || input instanceof URL) return fromAddress(String(input), signal);
  if (isRaw(input)) return fromRaw(input);
  return fromDrawable(input as CanvasImageSource);
}

function checked(image: GreyImage): GreyImage {
  const { width, height, grey } = image;
  if (
    !Number.isInteger(width) ||
    !Number.isInteger(height) ||
    width < 1 ||
    height < 1 ||
    grey.length !== width * height
  )
    throw new ImageError(`image: expected ${width} x ${height} grey pixels, got ${grey.length}`, {
      hint: 'Pass width, height and one byte a pixel.',
    });
  return image;
}

function fromRaw({ data, width, height }: RawPixels): GreyImage {
  const channels = data.length / (width * height);
  if (channels === 4) return greyFromRgba(data, width, height);
  if (channels === 1) return checked({ width, height, grey: Uint8Array.from(data) });
  if (channels === 3) {
    const rgba = new Uint8Array(width * height * 4).fill(255);
    for (let i = 0; i < width * height; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
    return greyFromRgba(rgba, width, height);
  }
  throw new ImageError(`image: ${data.length} bytes are not ${width} x ${height} pixels of 1, 3 or 4 channels`, {
    hint: 'Pass width, height and one, three or four bytes a pixel.',
  });
}

async function fromAddress(address: string, signal: AbortSignal | undefined): Promise<GreyImage> {
  try {
    const host = getHost();
    if (!host || /^(https?|blob|data):/.test(address)) {
      const response = await fetch(address, { signal });
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      return await decodeImage(new Uint8Array(await response.arrayBuffer()), { name: address });
    }
    const bytes = await host.readFile(address.startsWith('file:') ? new URL(address) : address);
    return await decodeImage(bytes, { name: address });
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    if (signal?.aborted) throw new AbortedError('read: aborted', { cause });
    throw new ImageError(`${address}: cannot be read: ${(cause as Error).message}`, { hint: 'Check the path.', cause });
  }
}

function fromDrawable(source: CanvasImageSource): GreyImage {
  const any = (source ?? {}) as {
    videoWidth?: number;
    naturalWidth?: number;
    displayWidth?: number;
    width?: number;
  } & {
    videoHeight?: number;
    naturalHeight?: number;
    displayHeight?: number;
    height?: number;
  };
  const width = any.videoWidth ?? any.naturalWidth ?? any.displayWidth ?? Number(any.width);
  const height = any.videoHeight ?? any.naturalHeight ?? any.displayHeight ?? Number(any.height);
  if (typeof OffscreenCanvas === 'undefined' || !(width > 0) || !(height > 0))
    throw new ImageError('image: expected a picture with a size', {
      hint: 'Pass a path, bytes, a Blob, pixels, or something a canvas can draw once it has loaded.',
    });
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new ImageError('image: this browser gives no 2d canvas');
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  let pixels: Uint8ClampedArray;
  try {
    context.drawImage(source, 0, 0);
    pixels = context.getImageData(0, 0, width, height).data;
  } catch (cause) {
    throw new ImageError(`image: its pixels cannot be read: ${(cause as Error).message}`, {
      hint: "A picture of another site needs that site's leave: load it with crossOrigin set, or fetch it as a Blob.",
      cause,
    });
  }
  return greyFromRgba(pixels, width, height);
}

/** The part of a picture inside a region, clipped to it. @throws ImageError when they do not meet. */
export function crop(image: GreyImage, region: Region): GreyImage {
  const x0 = Math.max(0, Math.floor(region.x));
  const y0 = Math.max(0, Math.floor(region.y));
  const x1 = Math.min(image.width, Math.ceil(region.x + region.width));
  const y1 = Math.min(image.height, Math.ceil(region.y + region.height));
  if (!(x1 > x0) || !(y1 > y0))
    throw new ImageError(
      `region: [${region.x}, ${region.y}, ${region.width}, ${region.height}] lies outside the ${image.width} x ${image.height} picture`,
      { hint: 'Give x, y, width and height in pixels of the picture.' },
    );
  const grey = new Uint8Array((x1 - x0) * (y1 - y0));
  for (let y = y0; y < y1; y++)
    grey.set(image.grey.subarray(y * image.width + x0, y * image.width + x1), (y - y0) * (x1 - x0));
  return { width: x1 - x0, height: y1 - y0, grey };
}

/** Passes a picture that may hold a word. @throws ImageError when it is too small for any letter. */
export function legible(image: GreyImage, what: 'image' | 'region'): GreyImage {
  const { width, height } = image;
  if (width < LEAST_SIDE || height < LEAST_SIDE)
    throw new ImageError(
      `${what}: too small to read: expected at least ${LEAST_SIDE} x ${LEAST_SIDE} pixels, got ${width} x ${height}`,
      { hint: 'Give a picture in which a person could read the word.' },
    );
  return image;
}
