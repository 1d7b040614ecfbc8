/** Shaders are embedded without comments and spare spaces; what they declare is read off that text at run time. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compact, describe as described, split } from '../../shaders/embed.mjs';
import { KERNELS } from '../../src/kernels/index.ts';
import { kernel } from '../../src/kernels/source.ts';

const shaders = join(import.meta.dirname, '../../shaders');
const readLib = (lib: string) => readFileSync(join(shaders, `${lib}.wgsl`), 'utf8');

test.each(Object.keys(KERNELS))('%s declares what its source does', async (name) => {
  const { code, ...source } = described(name, readFileSync(join(shaders, `${name}.wgsl`), 'utf8'), readLib);
  const { code: embedded, rest, ...declared } = KERNELS[name];
  expect(declared).toEqual(source);
  const text = compact(code);
  expect(rest ? { head: embedded, rest: await rest() } : embedded).toEqual(rest ? split(text) : text);
  // The readable text itself declares the same: whoever hands in a kernel of his own need not compact it.
  expect(kernel(name, code)).toEqual({ code, ...source });
});

test('what is loaded later is every line that declares nothing', () => {
  const head = 'enable subgroups;\noverride WG:u32=64;\nconst ROWS=4u;\nstruct Params{\nsteps:u32,\n}\n';
  const bindings =
    '@group(0)@binding(0)var<storage,read> x:array<f32>;\n@group(1)@binding(0)var<uniform> params:Params;\n';
  const rest =
    'fn f()-> u32{\nconst a=1u;\nreturn ROWS;\n}\nvar<workgroup> tile:array<f32,8>;\n@compute @workgroup_size(WG)\nfn main(){\n}\n';
  expect(split(`enable subgroups;\n${rest}${head.slice(18)}${bindings}`)).toEqual({ head: head + bindings, rest });
});

test('compacting keeps tokens apart that would join, and a statement on its line', () => {
  const code = `// a header
override WG: u32 = 64; // sets the size
/* and
   more */
fn main(p: ptr<function, u32>) -> u32 {
  var list: array<u32, 4> = array<u32, 4>(1u, 2u, 3u, 4u);
  let a = 1u + list[0] * (2u - 1u);

  if (a <= 3u && a != 2u) { return a / *p; }
  let b = -1 - -2;
  let c = f(a & 3u, &list);
  return u32(b) >> 1u;
}
`;
  expect(compact(code)).toBe(`override WG:u32=64;
fn main(p:ptr<function,u32>)-> u32{
var list:array<u32,4> = array<u32,4>(1u,2u,3u,4u);
let a=1u+list[0]*(2u-1u);
if(a<=3u&&a!=2u){return a / *p;}
let b = -1 - -2;
let c=f(a&3u,&list);
return u32(b)>>1u;
}
`);
});
