/** What a shader declares, as the build reads it from the source. */
export interface DescribedKernel {
  readonly name: string;
  readonly code: string;
  readonly bindings: readonly { readonly name: string; readonly access: string }[];
  readonly params: readonly { readonly name: string; readonly type: string }[];
  readonly overrides: readonly string[];
  readonly consts: readonly string[];
  readonly subgroups: boolean;
}
export function describe(name: string, text: string, readLib: (lib: string) => string): DescribedKernel;
export function compact(code: string): string;
export function split(code: string): { head: string; rest: string };
export function generate(): Record<string, string>;
export function embed(): void;
