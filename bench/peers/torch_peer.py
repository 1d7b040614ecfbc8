"""PyTorch on the processor: reads one JSON request a line, answers with one JSON line."""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional


class Stage(nn.Module):
    """Convolution, dropout, batch norm, ReLU, pooling; a 2x2 kernel pads behind."""

    def __init__(self, in_c, out_c, kernel, pool=None, dropout=0.0):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, kernel, padding=1 if kernel == 3 else 0)
        self.drop = nn.Dropout(dropout)
        self.norm = nn.BatchNorm2d(out_c, eps=1e-3, momentum=0.01)
        self.kernel = kernel
        self.pool = pool

    def forward(self, x):
        if self.kernel == 2:
            x = functional.pad(x, (0, 1, 0, 1))
        h = functional.relu(self.norm(self.drop(self.conv(x))))
        return functional.max_pool2d(h, self.pool) if self.pool else h


class Article(nn.Module):
    """The study's network, [N, 1, 32, 170] -> [42, N, 37]."""

    def __init__(self, d):
        super().__init__()
        self.stages = nn.Sequential(
            Stage(1, 64 // d, 3, (2, 2)),
            Stage(64 // d, 128 // d, 3, (2, 2)),
            Stage(128 // d, 256 // d, 3),
            Stage(256 // d, 256 // d, 3, (2, 1), 0.35),
            Stage(256 // d, 512 // d, 3),
            Stage(512 // d, 512 // d, 3, (2, 1), 0.35),
            Stage(512 // d, 512 // d, 2, None, 0.25),
        )
        self.bridge = nn.Linear(1024 // d, 64 // d)
        self.rnn1 = nn.LSTM(64 // d, 256 // d, bidirectional=True)
        self.rnn2 = nn.LSTM(256 // d, 256 // d, bidirectional=True)
        self.head = nn.Linear(512 // d, 37)

    def forward(self, x):
        h = self.stages(x)
        sequence = functional.relu(self.bridge(h.permute(3, 0, 1, 2).flatten(2)))
        y, _ = self.rnn1(sequence)
        steps, batch, _ = y.shape
        y, _ = self.rnn2(y.reshape(steps, batch, 2, -1).sum(2))
        return self.head(y)


def matmul(w):
    a = torch.randn(w["size"], w["size"])
    b = torch.randn(w["size"], w["size"])
    return lambda: a @ b


def conv2d(w):
    x = torch.randn(w["batch"], w["inC"], w["height"], w["width"])
    weight = torch.randn(w["outC"], w["inC"], 3, 3) * 0.1
    if w["pass"] == "forward":
        return lambda: functional.conv2d(x, weight, padding=1)
    dy = torch.randn(w["batch"], w["outC"], w["height"], w["width"])
    x.requires_grad_()
    weight.requires_grad_()

    def run():
        with torch.enable_grad():
            return torch.autograd.grad(functional.conv2d(x, weight, padding=1), [x, weight], dy)

    return run


def recurrent(w):
    kind = nn.LSTM if w["cell"] == "lstm" else nn.GRU
    layer = kind(w["input"], w["hidden"], bidirectional=w["directions"] == 2)
    x = torch.randn(w["steps"], w["batch"], w["input"])
    return lambda: layer(x)[0]


def article(w):
    batch = w["batch"]
    x = torch.randn(batch, 1, 32, 170)
    model = Article(w["shrink"])
    if w["pass"] == "read":
        model.eval()
        return lambda: model(x)
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    targets = (torch.arange(batch * 8) * 7 % 36).reshape(batch, 8)
    frames = torch.full((batch,), 42)
    lengths = torch.full((batch,), 8)

    def run():
        with torch.enable_grad():
            adam.zero_grad()
            loss = functional.ctc_loss(model(x).log_softmax(2), targets, frames, lengths, blank=36)
            loss.backward()
            adam.step()
        return loss.item()

    return run


WORKLOADS = {"matmul": matmul, "conv2d": conv2d, "recurrent": recurrent, "article": article}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.set_grad_enabled(False)
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {}
            if request["do"] == "open":
                answer["version"] = torch.__version__
            elif request["do"] == "run":
                run = WORKLOADS[request["workload"]["kind"]](request["workload"])
            elif request["do"] == "sample":
                start = time.perf_counter()
                for _ in range(request["runs"]):
                    run()
                answer["ms"] = (time.perf_counter() - start) * 1000 / request["runs"]
            else:
                run = None
        except Exception as error:  # reported to the driver, which goes on with the others
            answer = {"reason": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
