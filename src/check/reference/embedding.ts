/**
 * Row look-up: y[..., :] = w[ids[...], :]. The gradient of a row is the sum over the places that read it.
 * Source: https://pytorch.org/docs/1.13/generated/torch.nn.Embedding.html
 */
import { type NdArray, ndarray } from './ndarray.ts';

export function embedding(ids: NdArray, w: NdArray): NdArray {
  const [rows, width] = w.shape;
  const y = ndarray([...ids.shape, width]);
  for (let i = 0; i < ids.data.length; i++) {
    const row = ids.data[i];
    if (!(row >= 0 && row < rows)) throw new RangeError(`embedding: index ${row} is outside a table of ${rows} rows`);
    for (let d = 0; d < width; d++) y.data[i * width + d] = w.data[row * width + d];
  }
  return y;
}

export function embeddingBackward(ids: NdArray, w: NdArray, dy: NdArray): NdArray {
  const width = w.shape[1];
  const dw = ndarray(w.shape);
  for (let i = 0; i < ids.data.length; i++) {
    for (let d = 0; d < width; d++) dw.data[ids.data[i] * width + d] += dy.data[i * width + d];
  }
  return dw;
}
