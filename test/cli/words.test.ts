import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lexel } from './lexel.ts';

const folder = new URL('../fixtures/words/', import.meta.url).pathname;
const words = readFileSync(`${folder}labels.tsv`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split('\t'));

describe('the model that ships', () => {
  test('reads the pictures of test/fixtures/words, and the process ends by itself', async () => {
    const { code, stdout: out, stderr: err } = await lexel(['read', ...words.map(([file]) => folder + file)]);
    expect(code, err).toBe(0);
    expect(out).toBe(words.map(([file, word]) => `${folder + file}\t${word}\n`).join(''));
  });

  test('says its characters, confidence, boxes and timing as JSON', async () => {
    const [file, word] = words[0];
    const { code, stdout: out, stderr: err } = await lexel(['read', '--json', folder + file]);
    expect(code, err).toBe(0);
    const reading = JSON.parse(out) as { text: string; confidence: number; chars: { text: string }[]; adapter: string };
    expect(reading.text).toBe(word);
    expect(reading.chars.map((c) => c.text).join('')).toBe(word);
    expect(reading.confidence).toBeGreaterThan(0.2);
    expect(reading.confidence).toBeLessThanOrEqual(1);
    expect(reading.adapter).not.toBe('');
  });

  test('eval scores the folder', async () => {
    const { code, stdout: out, stderr: err } = await lexel(['eval', folder, '--json']);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      images: words.length,
      skipped: 0,
      wordAccuracy: 1,
      letterAccuracy: 1,
      cer: 0,
    });
  });
});
