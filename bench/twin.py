"""The peer that `make bench` measures against: CLEL's energy network in PyTorch.

Written from the published description of the network, with what makes PyTorch
fast: spectral norm folded into the weights, weights that need no gradient, all
cores, and the memory format that is the faster one here. It reads one command a
line from stdin and answers with one line of JSON:

    hello THREADS              {"torch", "threads"}
    load NAME FILE.npz         {"energy", "grad_norm"} of the array "x" in the file
    step NAME CHAINS COUNT     {"ms", "format"}: mean of COUNT Langevin steps, after one unmeasured
"""

import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

STEP_SIZE, CLIP, NOISE = 100.0, 100.0, 0.001
FORMATS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}


class Net:
    """E(x) = |f(x)|^2 / 2 of a residual network without normalisation layers."""

    def __init__(self, arrays):
        self.w = {}
        for name, value in arrays.items():
            value = torch.from_numpy(np.array(value))
            layer, _, kind = name.partition(".parametrizations.weight.")
            if kind == "original":
                u, v = (torch.from_numpy(arrays[f"{layer}.parametrizations.weight.0.{n}"]).double() for n in ("_u", "_v"))
                sigma = torch.dot(u, value.double().flatten(1) @ v)
                self.w[layer + ".weight"] = (value.double() / sigma).float()
            elif not kind:
                self.w[name] = value
        blocks = {tuple(map(int, name.split(".")[1:3])) for name in self.w if name.startswith("stages.")}
        self.blocks = sorted(blocks)
        self.format = "NCHW"

    def use(self, name):
        self.format = name
        for key, value in self.w.items():
            if value.dim() == 4:
                self.w[key] = value.contiguous(memory_format=FORMATS[name])

    def conv(self, h, name):
        weight = self.w[name + ".weight"]
        return F.conv2d(h, weight, self.w.get(name + ".bias"), padding=weight.shape[-1] // 2)

    def energy(self, x):
        mean, std = (self.w["stem.0." + n].view(1, -1, 1, 1) for n in ("mean", "std"))
        x = ((x - mean) / std).contiguous(memory_format=FORMATS[self.format])
        h = self.conv(x, "stem.1")
        stage = 0
        for block in self.blocks:
            if block[0] != stage:
                stage, h = block[0], F.avg_pool2d(h, 2)
            name = "stages.%d.%d" % block
            y = self.conv(F.leaky_relu(h, 0.2), name + ".conv1")
            y = self.conv(F.leaky_relu(y, 0.2), name + ".conv2")
            if name + ".shortcut.weight" in self.w:
                h = self.conv(h, name + ".shortcut")
            h = h + y
        h = F.leaky_relu(h, 0.2).mean((2, 3))
        h = F.leaky_relu(F.linear(h, self.w["head.0.weight"], self.w["head.0.bias"]), 0.2)
        f = F.linear(h, self.w["head.2.weight"], self.w["head.2.bias"])
        return f.square().sum(1) / 2

    def gradient(self, x):
        x = x.detach().requires_grad_(True)
        energy = self.energy(x)
        (gradient,) = torch.autograd.grad(energy.sum(), x)
        return energy.detach(), gradient

    @torch.no_grad()
    def step(self, x):
        with torch.enable_grad():
            _, gradient = self.gradient(x)
        x = x - STEP_SIZE * gradient.clamp_(-CLIP, CLIP)
        return x.add_(torch.randn_like(x), alpha=NOISE).clamp_(0, 1)


nets, chains, formats = {}, {}, {}


def timed(net, x, count):
    """The pictures after count steps, and milliseconds a step."""
    begin = time.perf_counter()
    for _ in range(count):
        x = net.step(x)
    return x, 1e3 * (time.perf_counter() - begin) / count


def fastest(net, x):
    """The memory format that is faster for this net and batch, best of three steps each."""
    best = {}
    for name in FORMATS:
        net.use(name)
        timed(net, x, 1)
        best[name] = min(timed(net, x, 1)[1] for _ in range(3))
    return min(best, key=best.get)


def hello(threads):
    torch.set_num_threads(int(threads))
    return {"torch": torch.__version__, "threads": torch.get_num_threads()}


def load(name, path):
    arrays = dict(np.load(path))
    x = torch.from_numpy(arrays.pop("x"))
    nets[name] = (Net(arrays), x.shape[1:])
    energy, gradient = nets[name][0].gradient(x)
    return {"energy": energy.tolist(), "grad_norm": gradient.flatten(1).norm(dim=1).tolist()}


def step(name, batch, count):
    (net, shape), key = nets[name], (name, batch)
    if key not in chains:
        chains[key] = torch.rand(int(batch), *shape)
        formats[key] = fastest(net, chains[key])
    net.use(formats[key])
    x, _ = timed(net, chains[key], 1)
    chains[key], ms = timed(net, x, int(count))
    return {"ms": ms, "format": formats[key]}


def main():
    commands = {"hello": hello, "load": load, "step": step}
    for line in sys.stdin:
        verb, *rest = line.split(maxsplit=2 if line.startswith("load ") else -1)
        try:
            answer = commands[verb](*(word.strip() for word in rest))
        except Exception as error:  # the other side reports it
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(answer), flush=True)


main()
