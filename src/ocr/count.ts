import { ArgumentError } from '../gpu/index.ts';

/** @throws ArgumentError unless `value` is a whole number from 1 */
export function checkCount(what: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ArgumentError(`${what}: ${name} must be a whole number from 1 up, got ${value}`);
}
