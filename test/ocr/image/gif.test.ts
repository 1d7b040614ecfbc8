import { expect, test } from 'vitest';
import { gifFrames } from '../../../src/ocr/image/gif.ts';
import { animatedGif } from '../../browser/bad-files.ts';

test('counts the pictures of a GIF by its blocks', () => {
  const two = animatedGif();
  expect(gifFrames(two)).toBe(2);
  // The second picture and its control block cut off: 8 and 15 bytes before the trailer.
  const one = Uint8Array.from([...two.subarray(0, -24), 0x3b]);
  expect(gifFrames(one)).toBe(1);
});

test('ends on whatever bytes there are', () => {
  const two = animatedGif();
  for (let length = 0; length < two.length; length++) {
    const frames = gifFrames(two.subarray(0, length));
    expect(frames).toBeGreaterThanOrEqual(0);
    expect(frames).toBeLessThanOrEqual(2);
  }
  expect(gifFrames(new Uint8Array(1000).fill(0x2c))).toBeLessThan(1000);
});
