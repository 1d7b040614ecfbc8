/** A driver and how to reach it. */
export interface FoundAdapter {
  readonly kind: 'gpu' | 'lavapipe' | 'swiftshader' | 'none';
  readonly description: string;
  /** The candidate that worked: `installed`, `swiftshader`, `lavapipe`, `system`, or the user's own variable. */
  readonly name: string;
  /** What the process that loads `webgpu` must have in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Candidates before it, and why they do not work. */
  readonly tried: readonly { readonly name: string; readonly reason: string }[];
}
export function findAdapter(options?: { fresh?: boolean }): FoundAdapter;
export function describeAdapter(adapter: FoundAdapter): string;
export function installedDrivers(): string[];
/** Also prints the adapter on stderr; includes LEXEL_ADAPTER_FOUND, a FoundAdapter as JSON. */
export function adapterEnv(options?: { fresh?: boolean }): Record<string, string>;
