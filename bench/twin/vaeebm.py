"""VAE-EBM's energy network: halving convolutions with ReLU and one linear layer."""

import torch
import torch.nn.functional as F

from net import Net, norms, with_gradient

DELTA = 0.002


class Energy(Net):
    def __init__(self, arrays):
        super().__init__(arrays)
        self.layers = sorted({int(name.split(".")[1]) for name in self.w if name.startswith("conv.")})

    def energy(self, x):
        h = self.arranged(x)
        for i in self.layers:
            h = F.relu(F.conv2d(h, self.w["conv.%d.weight" % i], self.w["conv.%d.bias" % i], stride=2, padding=1))
        return self.linear(h.contiguous().flatten(1), "fc")[:, 0]

    def answers(self, x):
        energy, gradient = with_gradient(self.energy, x)
        return {"energy": energy.tolist(), "gradient": norms(gradient)}

    @torch.no_grad()
    def step(self, x):
        _, gradient = with_gradient(self.energy, x)
        return x.sub(gradient, alpha=DELTA * DELTA / 2).add_(torch.randn_like(x), alpha=DELTA)
