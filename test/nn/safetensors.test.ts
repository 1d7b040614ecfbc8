import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../src/gpu/index.ts';
import { fromHalf, readSafetensors, toHalf, writeSafetensors } from '../../src/nn/index.ts';

function file(header: unknown, data: number[] = [], length?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
}
const one = { dtype: 'U8', shape: [2], data_offsets: [0, 2] };

describe('safetensors', () => {
  test('what is written is read back, f16 rounded', () => {
    const tensors = new Map([
      ['a', { shape: [2, 2], data: Float32Array.of(1, -2.5, 1e-3, 65504) }],
      ['b', { shape: [3], data: Int32Array.of(-1, 0, 7) }],
      ['c', { shape: [], data: Uint32Array.of(9) }],
      ['empty', { shape: [0, 4], data: new Float32Array(0) }],
    ]);
    const bytes = writeSafetensors({ tensors, metadata: { note: 'x' } }, (n) => n === 'a');
    const back = readSafetensors(bytes);
    expect(back.metadata).toEqual({ note: 'x' });
    expect([...back.tensors.keys()]).toEqual(['a', 'b', 'c', 'empty']);
    expect([...(back.tensors.get('a')?.data ?? [])]).toEqual([1, -2.5, fromHalf(toHalf(1e-3)), 65504]);
    expect(back.tensors.get('b')).toEqual(tensors.get('b'));
    expect(back.tensors.get('c')).toEqual(tensors.get('c'));
  });

  test('a Node Buffer at an odd place of its pool reads the same', () => {
    const tensors = new Map([
      ['a', { shape: [2], data: Float32Array.of(1, 2) }],
      ['b', { shape: [2], data: Float32Array.of(3, 4) }],
    ]);
    const bytes = writeSafetensors({ tensors, metadata: {} });
    const pool = Buffer.alloc(bytes.length + 3);
    pool.set(bytes, 3);
    const back = readSafetensors(pool.subarray(3));
    expect(back.tensors).toEqual(tensors);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['too short', new Uint8Array(3), /expected at least 8 bytes, got 3/],
    ['a header longer than the file', file({}, [], 999), /does not fit/],
    ['an absurd header', file({}, [], 2 ** 40), /is larger than/],
    ['no JSON', file('{not json'), /not JSON/],
    ['no object', file('[1]'), /must start with \{/],
    ['bytes that are no UTF-8', file('{"\uD800').fill(0xff, 9), /UTF-8/],
    ['an unknown dtype', file({ a: { ...one, dtype: 'X9' } }, [1, 2]), /unknown dtype "X9"/],
    ['a negative size', file({ a: { ...one, shape: [-2] } }, [1, 2]), /shape must hold/],
    ['offsets of another size', file({ a: { ...one, data_offsets: [0, 1] } }, [1]), /need 2 bytes/],
    ['offsets past the end', file({ a: one }, [1]), /ends at 2/],
    ['a hole', file({ a: { ...one, data_offsets: [1, 3] } }, [1, 2, 3]), /begins at 1, expected 0/],
    ['an overlap', file({ a: one, b: { ...one, data_offsets: [1, 3] } }, [1, 2, 3]), /holes and overlaps/],
    ['bytes left over', file({ a: one }, [1, 2, 3]), /tensors end at 2/],
    ['a name twice', file(`{"a":${JSON.stringify(one)},"a":${JSON.stringify(one)}}`, [1, 2]), /"a" stands twice/],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), /must be a string/],
    ['a size that overflows', file({ a: { ...one, shape: [2 ** 40, 2 ** 40] } }, [1, 2]), /overflows/],
  ])('%s is refused with its reason', (_, bytes, reason) => {
    expect(() => readSafetensors(bytes, 'w.safetensors')).toThrow(FormatError);
    expect(() => readSafetensors(bytes, 'w.safetensors')).toThrow(reason);
  });

  test('no damage gives anything but a FormatError', () => {
    const whole = writeSafetensors({
      tensors: new Map([['weight', { shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => i) }]]),
      metadata: { a: 'b' },
    });
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(whole.length),
        (at, value, cut) => {
          const bytes = whole.slice();
          bytes[at] = value;
          try {
            readSafetensors(bytes.subarray(0, cut));
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('every f16 value survives, and floats round to the nearest even', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      if ((bits & 0x7c00) === 0x7c00 && bits & 0x3ff) continue;
      expect(toHalf(fromHalf(bits))).toBe(bits);
    }
    expect(toHalf(1 + 2 ** -11)).toBe(toHalf(1));
    expect(toHalf(1 + 3 * 2 ** -11)).toBe(toHalf(1 + 2 ** -9));
    expect(toHalf(65520)).toBe(0x7c00);
    expect(toHalf(2 ** -26)).toBe(0);
    expect(Number.isNaN(fromHalf(toHalf(Number.NaN)))).toBe(true);
  });
});
