/**
 * Seeded random numbers for one sample. A sample's numbers depend only on (seed, index), so any word of a stream can be
 * drawn alone. sfc32 by Chris Doty-Humphrey (PractRand), seeded through murmur3's finaliser.
 */

/** One round of murmur3's finaliser: every input bit changes half of the output bits. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Deterministic generator of one (seed, index) pair. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed stream seed @param index sample number, up to 2^53 */
  constructor(seed: number, index = 0) {
    const high = Math.floor(index / 0x1_0000_0000);
    this.#a = mix32(seed);
    this.#b = mix32((index >>> 0) + 0x9e3779b9);
    this.#c = mix32(high ^ Math.imul(this.#a, 0x27d4eb2f) ^ this.#b);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Uniform in [low, high). */
  range([low, high]: readonly [number, number]): number {
    return low + (high - low) * this.float();
  }

  /** Uniform integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.float() * n);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.float() < p;
  }

  /** Standard normal deviate (Box-Muller, one of the pair, so that the count of draws stays fixed). */
  normal(): number {
    const u = 1 - this.float();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.float());
  }
}
