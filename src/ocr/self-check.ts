import { type AdapterSummary, LexelError } from '../gpu/index.ts';
import type { ModelInfo, SelfCheck } from './model.ts';

/** Largest difference of logits at the self-check: f16 weights are exact, so only rounding order differs. */
const SELF_CHECK_TOLERANCE = 2e-2;

/** @throws LexelError (code SELF_CHECK) when the GPU computes other logits than the model file holds. */
export async function checkLogits(
  recognizer: {
    readonly info: ModelInfo;
    readonly adapter: AdapterSummary;
    logits(image: Uint8Array): Promise<Float32Array>;
  },
  { image, logits: want }: SelfCheck,
): Promise<void> {
  const got = await recognizer.logits(image);
  let worst = got.length === want.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < want.length; i++) worst = Math.max(worst, Math.abs(got[i] - want[i]));
  if (worst <= SELF_CHECK_TOLERANCE) return;
  throw new LexelError(
    `model ${recognizer.info.name}: this GPU (${recognizer.adapter.description}) computes wrong values: logits differ by ${worst.toPrecision(3)}, expected at most ${SELF_CHECK_TOLERANCE}`,
    { code: 'SELF_CHECK', hint: 'Update the graphics driver; `lexel doctor` names the kernels at fault.' },
  );
}
