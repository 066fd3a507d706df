"""CLEL's energy network, E(x) = |f(x)|^2 / 2 of a residual network without normalisation layers."""

import torch
import torch.nn.functional as F

from net import Net, norms, with_gradient

STEP_SIZE, CLIP, NOISE = 100.0, 100.0, 0.001


class Energy(Net):
    def __init__(self, arrays):
        super().__init__(arrays)
        self.blocks = sorted({tuple(map(int, name.split(".")[1:3])) for name in self.w if name.startswith("stages.")})

    def energy(self, x):
        mean, std = (self.w["stem.0." + n].view(1, -1, 1, 1) for n in ("mean", "std"))
        h = self.conv(self.arranged((x - mean) / std), "stem.1")
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
        h = F.leaky_relu(self.linear(h, "head.0"), 0.2)
        return self.linear(h, "head.2").square().sum(1) / 2

    def answers(self, x):
        energy, gradient = with_gradient(self.energy, x)
        return {"energy": energy.tolist(), "gradient": norms(gradient)}

    @torch.no_grad()
    def step(self, x):
        _, gradient = with_gradient(self.energy, x)
        x = x - STEP_SIZE * gradient.clamp_(-CLIP, CLIP)
        return x.add_(torch.randn_like(x), alpha=NOISE).clamp_(0, 1)
