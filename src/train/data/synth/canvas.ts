import { createRequire } from 'node:module';
import { DataError } from '../errors.ts';
import { findPackage, notInstalled } from '../optional.ts';

type CanvasModule = typeof import('@napi-rs/canvas');

const NAME = '@napi-rs/canvas';
let loaded: CanvasModule | undefined;

/**
 * Skia's canvas, loaded when the first picture is drawn: everything but drawing does without it.
 * @throws DataError NO_CANVAS where the package is missing or has no build for this machine
 */
export function loadCanvas(): CanvasModule {
  if (loaded !== undefined) return loaded;
  const file = findPackage(NAME);
  if (file === undefined)
    throw notInstalled('NO_CANVAS', 'The canvas that words are drawn on is not installed', [NAME]);
  try {
    loaded = createRequire(import.meta.url)(file) as CanvasModule;
  } catch (cause) {
    throw new DataError('NO_CANVAS', `The canvas that words are drawn on cannot be loaded: install ${NAME} again.`, {
      cause,
    });
  }
  return loaded;
}
