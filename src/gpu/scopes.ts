import { OutOfMemoryError, ShaderError } from './errors.ts';

export const firstLine = (text: string): string => text.split('\n')[0];

export function isOutOfMemory(error: GPUError): boolean {
  return error.constructor.name === 'GPUOutOfMemoryError';
}

export function outOfMemory(error: GPUError): OutOfMemoryError {
  return new OutOfMemoryError(`device: out of memory: ${firstLine(error.message)}`, {
    hint: 'Use a smaller batch or image.',
  });
}

/**
 * Does work inside validation, out-of-memory and internal error scopes.
 * @param check throws where the device is gone
 * @throws what `check` or the work threw, OutOfMemoryError, ShaderError
 */
export async function inErrorScopes(
  raw: GPUDevice,
  check: () => void,
  work: () => Promise<void> | undefined,
): Promise<void> {
  for (const filter of ['internal', 'out-of-memory', 'validation'] as const) raw.pushErrorScope(filter);
  let thrown: unknown;
  try {
    // Without a wait where there is nothing to wait for: another push would come between this one and its pop.
    const pending = work();
    if (pending) await pending;
  } catch (error) {
    thrown = error;
  }
  const [validation, memory, internal] = await Promise.all([
    raw.popErrorScope(),
    raw.popErrorScope(),
    raw.popErrorScope(),
  ]);
  check();
  if (thrown) throw thrown;
  if (memory) throw outOfMemory(memory);
  const error = validation ?? internal;
  if (error) throw new ShaderError(`device: ${firstLine(error.message)}`);
}
