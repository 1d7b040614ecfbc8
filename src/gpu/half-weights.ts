import { ShaderError } from './errors.ts';

const BINDING = /(var<storage, ?read> ?w ?: ?array<)(f32|vec4f)>/;
/** A value of `w`; its index may itself index one array. */
const VALUE = /\bw\[((?:[^[\]]|\[[^[\]]*\])*)\]/g;

/**
 * The text of a kernel that reads its binding `w` as f16. Each value becomes f32 as it is loaded, so that it computes what it would with
 * f32 weights of the same values, bit for bit.
 * @throws ShaderError for a kernel without such a binding.
 */
export function withHalfWeights(kernel: string, code: string): string {
  const element = BINDING.exec(code)?.[2];
  if (element === undefined) throw new ShaderError(`${kernel}: w cannot be f16`);
  return `enable f16;\n${code
    .replace(VALUE, (_, index: string) => `${element}(w[${index}])`)
    .replace(BINDING, (_, begin: string) => `${begin}${element === 'f32' ? 'f16' : 'vec4<f16>'}>`)}`;
}
