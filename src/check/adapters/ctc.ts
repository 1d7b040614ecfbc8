import { ctcGreedy, ctcResult } from '../../autograd/index.ts';
import type { Reduction } from '../../kernels/index.ts';
import type { Adapter } from './adapter.ts';

/** ctc_loss of the conformance format: targets padded [N, S], or one row after another where attrs.targets says so. */
export const ctc: Record<string, Adapter> = {
  ctc_loss: (tensors, attrs, { host }) => {
    const { loss, items, impossible } = ctcResult(
      tensors.logits,
      attrs.targets === 'concatenated' ? Int32Array.from(host.targets) : tensors.targets,
      tensors.input_lengths,
      attrs.targets === 'concatenated' ? Int32Array.from(host.target_lengths) : tensors.target_lengths,
      {
        blank: attrs.blank as number,
        reduction: attrs.reduction as Reduction,
        zeroInfinity: attrs.zero_infinity as boolean,
      },
    );
    return { loss, per_sample_loss: items, impossible };
  },
  ctc_greedy: ({ logits, input_lengths }, attrs) => {
    const { labels, starts, lengths, scores } = ctcGreedy(logits, input_lengths, { blank: attrs.blank as number });
    return { labels, starts, lengths, scores };
  },
};
