/**
 * A small counter-free generator (sfc32) with serialisable state: initial weights, shuffles and augmentation draw from it.
 * Source: Chris Doty-Humphrey's PractRand, public domain.
 */
export class Random {
  private state: Uint32Array;

  constructor(seed: number) {
    this.state = new Uint32Array([seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b9, 1]);
    for (let i = 0; i < 15; i++) this.next();
  }

  /** 32 random bits. */
  next(): number {
    const s = this.state;
    const t = (s[0] + s[1] + s[3]) >>> 0;
    s[3] = s[3] + 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = (s[2] << 21) | (s[2] >>> 11);
    s[2] = s[2] + t;
    return t;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return (this.next() >>> 5) / 2 ** 27;
  }

  /** Normal with mean 0 and deviation 1 (Box and Muller). */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  save(): number[] {
    return [...this.state];
  }

  restore(state: readonly number[]): void {
    this.state = Uint32Array.from(state);
  }
}
