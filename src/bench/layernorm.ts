import { type LayernormAttrs, layernorm } from '../kernels/layernorm.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type Group, type OpSpec } from './case.ts';

function cases(group: Group, rows: number, cols: number): BenchCase[] {
  const spec: OpSpec<LayernormAttrs> = {
    op: layernorm,
    attrs: { normalizedShape: [cols], eps: 1e-5 },
    inputs: (a) => [a.normal([rows, cols]), a.filled([cols], 1), a.filled([cols], 0)],
  };
  const info = (pass: CaseInfo['pass'], passes: number): CaseInfo => ({
    op: 'layernorm',
    pass,
    group,
    label: group,
    shape: `${rows} x ${cols}`,
    bytes: bytesOf(passes * rows * cols),
  });
  // A row fits in a workgroup: read once, written once. Backward: x and dy, then once more for gamma and beta.
  return [forwardCase(info('forward', 2), spec), backwardCase(info('backward', 5), spec, [0, 1, 2])];
}

export const benches: BenchCase[] = [...cases('other', 2048, 512), ...cases('tiny', 40, 6)];
