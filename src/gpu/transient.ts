import { ArgumentError } from './errors.ts';

/** Something that ends with the step that made it. */
export interface Transient {
  /** What the step tracks in this object's place, where that is another object. */
  readonly owner?: Transient;
  dispose(): void;
}

function isTransient(value: unknown): value is Transient {
  return typeof value === 'object' && value !== null && typeof (value as Transient).dispose === 'function';
}

/** The transients in a value: alone, in arrays or in plain objects. */
export function transientsIn(value: unknown): Transient[] {
  if (isTransient(value)) return [value.owner ?? value];
  if (Array.isArray(value)) return value.flatMap(transientsIn);
  if (value && Object.getPrototypeOf(value) === Object.prototype)
    return Object.values(value as Record<string, unknown>).flatMap(transientsIn);
  return [];
}

/** Steps within steps: what is made inside one ends with it. */
export class Scopes {
  private readonly stack: Set<Transient>[] = [];

  /** Whether a step is under way. */
  get open(): boolean {
    return this.stack.length > 0;
  }

  /** Registers something with the innermost step; false outside of one. */
  add(item: Transient): boolean {
    const scope = this.stack.at(-1);
    scope?.add(item);
    return scope !== undefined;
  }

  /** Runs `body`, which must be synchronous; what it made ends, except what it returns. @throws ArgumentError */
  run<T>(body: () => T): T {
    const scope = new Set<Transient>();
    this.stack.push(scope);
    let value: T;
    try {
      value = body();
    } catch (error) {
      for (const t of scope) t.dispose();
      throw error;
    } finally {
      this.stack.pop();
    }
    if (value instanceof Promise) {
      for (const t of scope) t.dispose();
      throw new ArgumentError('step: the body returned a promise; it must be synchronous', {
        hint: 'Await before or after the step, not inside it.',
      });
    }
    for (const kept of transientsIn(value)) if (scope.delete(kept)) this.add(kept);
    for (const t of scope) t.dispose();
    return value;
  }
}
