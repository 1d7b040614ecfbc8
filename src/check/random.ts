/**
 * Seeded numbers for checks. Integer arithmetic and additions only, so that every JavaScript engine draws the same values
 * (Math.log and Math.cos may differ in their last bit from one engine to the next).
 */

/** FNV-1a: a name to a 32-bit seed. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export interface Random {
  /** In [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** Mean 0, variance 1, within [-3.47, 3.47]: four uniforms added (Irwin-Hall). */
  normal(): number;
}

/** splitmix32. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  return { uniform, normal: () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3) };
}
