import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { crc32c, frameRecord, openingRecords, summaryRecord } from '../../src/train/index.ts';
import { readEvents } from './event-reader.ts';

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((p) => [...p]));

describe('event files', () => {
  test('CRC-32C has the values of RFC 3720', () => {
    const zeros = new Uint8Array(32);
    const ones = new Uint8Array(32).fill(0xff);
    const rising = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(crc32c(zeros)).toBe(0x8a9136aa);
    expect(crc32c(ones)).toBe(0x62a8ab43);
    expect(crc32c(rising)).toBe(0x46dd794e);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  test('an independent reader finds version, scalars, text and pictures as they were written', () => {
    const png = PNG.sync.write(new PNG({ width: 170, height: 32 }));
    const file = join(
      openingRecords(1_700_000_000.25, 0),
      summaryRecord(1_700_000_001.5, 3_000_000_000, [
        { tag: 'loss/train', scalar: 7.4525 },
        { tag: 'misreadings/1', image: { width: 170, height: 32, png } },
        { tag: 'misreadings', text: '| label | read |\n|---|---|\n| É | — |' },
      ]),
    );
    const { events, truncated } = readEvents(file);
    expect(truncated).toBe(false);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ wallTime: 1_700_000_000.25, fileVersion: 'brain.Event:2', step: 0 });
    expect(events[1]).toMatchObject({ wallTime: 1_700_000_001.5, step: 3_000_000_000 });
    const [loss, image, words] = events[1].values;
    expect(loss).toEqual({ tag: 'loss/train', scalar: Math.fround(7.4525) });
    expect(image.image).toMatchObject({ width: 170, height: 32, colorspace: 1 });
    expect(PNG.sync.read(Buffer.from(image.image?.png ?? [])).width).toBe(170);
    expect(words).toMatchObject({ tag: 'misreadings', plugin: 'text', text: '| label | read |\n|---|---|\n| É | — |' });
  });

  test('a file that goes on says from which step the earlier ones are void', () => {
    const { events } = readEvents(openingRecords(1, 40));
    expect(events[1]).toMatchObject({ sessionStatus: 1, step: 41 });
  });

  test('a record cut short ends the file, a changed byte is found', () => {
    const record = summaryRecord(1, 2, [{ tag: 'a', scalar: 1 }]);
    for (const keep of [1, 11, 14, record.length - 1])
      expect(readEvents(record.slice(0, keep))).toEqual({ events: [], truncated: true });
    for (const at of [0, 9, 15, record.length - 1]) {
      const bad = record.slice();
      bad[at] ^= 4;
      expect(() => readEvents(bad), `byte ${at}`).toThrow('checksum');
    }
    expect(frameRecord(new Uint8Array())).toHaveLength(16);
  });
});
