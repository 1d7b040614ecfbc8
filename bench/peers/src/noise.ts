/** Roughly normal values of deviation `scale`, the same in every engine. */
export function noise(length: number, scale = 1): Float32Array<ArrayBuffer> {
  let seed = 1;
  const uniform = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = (uniform() + uniform() + uniform() - 1.5) * 2 * scale;
  return values;
}
