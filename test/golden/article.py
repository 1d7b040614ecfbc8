"""Makes article.safetensors: 20 training steps of the study's two networks, at a sixteenth of their width, in PyTorch.

    python3 test/golden/article.py

The networks are built of PyTorch's own layers, in float64; dropout draws the masks of shaders/lib/hash.wgsl, which are integer arithmetic;
Adam and RAdam follow Keras' formulas with Keras' values. The file holds the first weights as a state_dict, eight pictures, the loss of each
step, and the logits of evaluation after the last. All of it is done once more in float32: how far that strays from float64 is what any
float32 engine may stray, and the test's tolerance is made of it.
"""

import json
import math
import os
import struct

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SHRINK = 16
STEPS = 20
BATCH = 4
HEIGHT, WIDTH, SKIP = 32, 170, 2
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK = len(ALPHABET)
LABELS = ["SLINKING", "BOOK", "ADDRESSEE", "1984", "WORD", "KEEPER", "EXTRAVAGANTS", "LIGHT"]


def mix(v):
    v = v.astype(np.uint64) & 0xFFFFFFFF
    v = ((v ^ (v >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    v = ((v ^ (v >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return v ^ (v >> 16)


def keep_mask(shape, p, seed, step):
    one = lambda v: np.array([v & 0xFFFFFFFF], dtype=np.uint64)
    key = mix(mix(one(seed + 0x9E3779B9)) ^ np.uint64(step))
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    bits = mix(mix(index ^ key) + (key >> 7) + 0x85EBCA6B)
    return torch.from_numpy((bits >= round(p * 2**32)).reshape(shape))


class Stage(nn.Module):
    def __init__(self, inputs, outputs, kernel, drop=None):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        # Keras' 'same': an even kernel pads after. F.pad takes left, right, top, bottom.
        self.padding = (1, 1, 1, 1) if kernel == 3 else (0, 1, 0, 1)
        self.drop = drop

    def forward(self, x, step):
        h = self.conv(F.pad(x, self.padding))
        if self.drop and self.training:
            p, seed = self.drop
            h = h * keep_mask(h.shape, p, seed, step) / (1 - p)
        return F.relu(self.norm(h))


class Article(nn.Module):
    def __init__(self, cell, d):
        super().__init__()
        self.stages = nn.ModuleList(
            [
                Stage(1, 64 // d, 3),
                Stage(64 // d, 128 // d, 3),
                Stage(128 // d, 256 // d, 3),
                Stage(256 // d, 256 // d, 3, (0.35, 1)),
                Stage(256 // d, 512 // d, 3),
                Stage(512 // d, 512 // d, 3, (0.35, 2)),
                Stage(512 // d, 512 // d, 2, (0.25, 3)),
            ]
        )
        self.bridge = nn.Linear(2 * 512 // d, 64 // d)
        layer = nn.LSTM if cell == "lstm" else nn.GRU
        self.hidden = 256 // d
        self.rnn1 = layer(64 // d, self.hidden, bidirectional=True)
        self.rnn2 = layer(self.hidden, self.hidden, bidirectional=True)
        self.head = nn.Linear(512 // d, BLANK + 1)

    def forward(self, x, step=0):
        s = self.stages
        h = F.max_pool2d(s[0](x, step), 2)
        h = F.max_pool2d(s[1](h, step), 2)
        h = F.max_pool2d(s[3](s[2](h, step), step), (2, 1))
        h = F.max_pool2d(s[5](s[4](h, step), step), (2, 1))
        h = s[6](h, step)
        n, c, height, width = h.shape
        h = F.relu(self.bridge(h.permute(3, 0, 1, 2).reshape(width, n, c * height)))
        y, _ = self.rnn1(h)
        h = y[..., : self.hidden] + y[..., self.hidden :]
        return self.head(self.rnn2(h)[0])


class KerasAdam:
    """keras.optimizers.Adam: epsilon beside the uncorrected root, the corrections in the rate."""

    def __init__(self, params, lr=1e-3, b1=0.9, b2=0.999, eps=1e-7):
        self.params, self.lr, self.b1, self.b2, self.eps, self.t = list(params), lr, b1, b2, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, m, v in zip(self.params, self.m, self.v):
            m.mul_(self.b1).add_(p.grad, alpha=1 - self.b1)
            v.mul_(self.b2).add_(p.grad * p.grad, alpha=1 - self.b2)
            p.sub_(self.update(m, v))
            p.grad = None

    def update(self, m, v):
        rate = self.lr * math.sqrt(1 - self.b2**self.t) / (1 - self.b1**self.t)
        return rate * m / (v.sqrt() + self.eps)


class KerasRAdam(KerasAdam):
    """Rectified Adam as the packages for Keras have it: rectified from rho >= 5, epsilon beside the corrected root."""

    def update(self, m, v):
        t, b2 = self.t, self.b2
        mean = m / (1 - self.b1**t)
        infinite = 2 / (1 - b2) - 1
        rho = infinite - 2 * t * b2**t / (1 - b2**t)
        if rho < 5:
            return self.lr * mean
        r = math.sqrt((rho - 4) / (infinite - 4) * (rho - 2) / (infinite - 2) * infinite / rho)
        return self.lr * r * mean / ((v / (1 - b2**t)).sqrt() + self.eps)


def pictures():
    """Coarse shapes with fine noise: something between flat and white noise, so that every layer has work."""
    r = np.random.RandomState(7)
    coarse = np.kron(r.randint(0, 200, (len(LABELS), 8, 34)), np.ones((1, 4, 5), dtype=np.int64))
    return (coarse + r.randint(0, 56, coarse.shape)).astype(np.uint8)


def run(cell, first, images, dtype):
    model = Article(cell, SHRINK).to(dtype)
    model.load_state_dict({k: v.to(dtype) for k, v in first.items()}, strict=False)
    # The engine, as Keras, has one bias a gate; two that are only ever added would move twice as fast.
    trained = [p for name, p in model.named_parameters() if "bias_hh" not in name]
    optimizer = (KerasAdam if cell == "lstm" else KerasRAdam)(trained)
    x = torch.from_numpy(images).to(dtype)[:, None] / 255
    losses = []
    for step in range(STEPS):
        at = step * BATCH % len(LABELS)
        labels = [[ALPHABET.index(c) for c in word] for word in LABELS[at : at + BATCH]]
        model.train()
        logits = model(x[at : at + BATCH], step)[SKIP:]
        loss = F.ctc_loss(
            F.log_softmax(logits, 2),
            torch.tensor(sum(labels, [])),
            torch.full((BATCH,), logits.shape[0], dtype=torch.long),
            torch.tensor([len(word) for word in labels]),
            blank=BLANK,
            reduction="none",
        ).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        after = model(x[:BATCH])
    return np.array(losses), after.double().numpy(), {k: v.double().numpy() for k, v in model.state_dict().items()}


def write_safetensors(path, tensors, metadata):
    names = {np.dtype(np.float32): "F32", np.dtype(np.uint8): "U8"}
    header, at = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        header[name] = {
            "dtype": names[value.dtype],
            "shape": list(value.shape),
            "data_offsets": [at, at + value.nbytes],
        }
        at += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(np.ascontiguousarray(value).tobytes())


def main():
    torch.set_num_threads(1)
    images = pictures()
    tensors = {"images": images}
    traces = {}
    for seed, cell in enumerate(["lstm", "gru"]):
        torch.manual_seed(seed)
        model = Article(cell, SHRINK)
        first = {k: v.clone() for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
        for name, value in first.items():
            if "bias_hh" in name:
                value.zero_()
        exact = run(cell, first, images, torch.float64)
        rounded = run(cell, first, images, torch.float32)
        strays = np.abs(exact[0] - rounded[0]) / exact[0]
        for name, value in first.items():
            tensors[f"{cell}.first.{name}"] = value.numpy()
        tensors[f"{cell}.after.logits"] = exact[1].astype(np.float32)
        last = "stages.6.conv.weight"
        tensors[f"{cell}.after.{last}"] = exact[2][last].astype(np.float32)
        traces[cell] = {
            "losses": exact[0].tolist(),
            "float32": rounded[0].tolist(),
            "logits_stray": float(np.abs(exact[1] - rounded[1]).max()),
            "weight_stray": float(np.abs(exact[2][last] - rounded[2][last]).max()),
        }
        print(cell, [round(v, 4) for v in exact[0]], "float32 strays by", strays.max(), traces[cell]["logits_stray"])
    metadata = {
        "made_by": f"test/golden/article.py, PyTorch {torch.__version__}",
        "labels": json.dumps(LABELS),
        "traces": json.dumps(traces),
    }
    write_safetensors(os.path.join(os.path.dirname(os.path.abspath(__file__)), "article.safetensors"), tensors, metadata)


if __name__ == "__main__":
    main()
