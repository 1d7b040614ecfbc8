import type { BindingInfo, KernelSource, ParamInfo } from '../gpu/index.ts';

/** A kernel with the names that it declares as types: a misspelt binding does not compile. */
export interface Kernel<Binding extends string, Param extends string, Override extends string, Const extends string>
  extends KernelSource {
  readonly bindings: readonly (BindingInfo & { readonly name: Binding })[];
  readonly params: readonly (ParamInfo & { readonly name: Param })[];
  readonly overrides: readonly Override[];
  readonly consts: readonly Const[];
}

const BINDING = /@group\(0\)\s*@binding\(\d+\)\s*var<storage, ?(read|read_write)>\s*(\w+)/g;
const PARAM = /(\w+) ?: ?([uif]32)/g;

/**
 * Reads off a shader what it declares. `shaders/embed.mjs` has checked its style, its order of bindings and its types, and writes the
 * names as type arguments; as values they would stand in every bundle a second time.
 */
export function kernel<
  Binding extends string,
  Param extends string,
  Override extends string = never,
  Const extends string = never,
>(name: string, code: string, rest?: () => Promise<string>): Kernel<Binding, Param, Override, Const> {
  const all = (pattern: RegExp) => [...code.matchAll(pattern)].map((m) => m[1]);
  const struct = /struct Params ?\{([^}]*)\}/.exec(code)?.[1] ?? '';
  return {
    name,
    code,
    bindings: [...code.matchAll(BINDING)].map((m) => ({
      name: m[2] as Binding,
      access: m[1] as BindingInfo['access'],
    })),
    params: [...struct.matchAll(PARAM)].map((m) => ({ name: m[1] as Param, type: m[2] as ParamInfo['type'] })),
    overrides: all(/^override (\w+)/gm) as Override[],
    consts: all(/^const ([A-Z][A-Z0-9_]*) ?= ?\d+u;/gm) as Const[],
    subgroups: /^enable subgroups;/m.test(code),
    ...(rest && { rest }),
  };
}
