import { add, backward, matmul, mseLoss, type Tensor, tanh } from '../../autograd/index.ts';

/** Mean squared error of y = tanh(x w1 + b1) w2 + b2, with its gradients computed. */
export function mlpLoss(x: Tensor, target: Tensor, [w1, b1, w2, b2]: readonly Tensor[]): Tensor {
  const hidden = tanh(add(matmul(x, w1), b1));
  const loss = mseLoss(add(matmul(hidden, w2), b2), target);
  backward(loss);
  return loss;
}
