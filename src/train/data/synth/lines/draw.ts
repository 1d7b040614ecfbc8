import type { Random } from '../random.ts';

/** One of a list, evenly. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.int(list.length)];
}

/** With its first letter in upper case. */
export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** A number of `digits` digits without a leading zero. */
export function digits(random: Random, count: number): string {
  let text = String(1 + random.int(9));
  while (text.length < count) text += String(random.int(10));
  return text;
}
