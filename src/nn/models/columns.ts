import type { Tensor } from '../../autograd/index.ts';
import type { InitContext } from '../init.ts';
import { BatchNorm2d, Conv2d, ConvNorm } from '../layers.ts';
import { Module } from '../module.ts';
import { columnsToSequence } from '../recurrent.ts';

/** 3x3 convolution without bias, batch norm, ReLU. */
class Block extends ConvNorm {
  readonly conv: Conv2d;
  readonly norm: BatchNorm2d;

  constructor(context: InitContext, inC: number, outC: number, stride = 1) {
    super();
    this.conv = new Conv2d(context, inC, outC, [3, 3], { stride, padding: 1, bias: false });
    this.norm = new BatchNorm2d(context, outC, { relu: true });
  }
}

/**
 * What our readers share: six convolutions that turn a picture 32 pixels high into a sequence of columns, one every 4 pixels. They are
 * convolutional along the text, so that any width works.
 */
export abstract class ColumnReader extends Module {
  readonly stem: Block;
  readonly conv2: Block;
  readonly conv3: Block;
  readonly conv4: Block;
  readonly conv5: Block;
  readonly conv6: Block;

  /** @param width channels of the stem; the last two convolutions have 8 times as many. */
  constructor(context: InitContext, width: number) {
    super();
    this.stem = new Block(context, 1, width, 2);
    this.conv2 = new Block(context, width, 2 * width);
    this.conv3 = new Block(context, 2 * width, 4 * width);
    this.conv4 = new Block(context, 4 * width, 4 * width);
    this.conv5 = new Block(context, 4 * width, 8 * width);
    this.conv6 = new Block(context, 8 * width, 8 * width);
  }

  timeSteps(width: number): number {
    return Math.floor((width + 1) / 4);
  }

  /** [N, 1, 32, W] -> [W / 4, N, 8 width]. */
  protected columns(x: Tensor): Tensor {
    let h = this.conv2.forward(this.stem.forward(x), [2, 2]);
    h = this.conv4.forward(this.conv3.forward(h), [2, 1]);
    h = this.conv5.forward(h, [2, 1]);
    h = this.conv6.forward(h, [2, 1]);
    return columnsToSequence(h);
  }
}
