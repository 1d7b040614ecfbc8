/** Shaders are embedded without comments and spare spaces; what they declare is read off that text at run time. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compact, describe as described } from '../../shaders/embed.mjs';
import { KERNELS } from '../../src/kernels/index.ts';
import { kernel } from '../../src/kernels/source.ts';

const shaders = join(import.meta.dirname, '../../shaders');
const readLib = (lib: string) => readFileSync(join(shaders, `${lib}.wgsl`), 'utf8');

test.each(Object.keys(KERNELS))('%s declares what its source does', (name) => {
  const { code, ...source } = described(name, readFileSync(join(shaders, `${name}.wgsl`), 'utf8'), readLib);
  const { code: embedded, ...declared } = KERNELS[name];
  expect(declared).toEqual(source);
  expect(embedded).toBe(compact(code));
  // The readable text itself declares the same: whoever hands in a kernel of his own need not compact it.
  expect(kernel(name, code)).toEqual({ code, ...source });
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
