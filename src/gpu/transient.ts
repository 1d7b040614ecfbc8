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
