"""An iteration of Improved Contrastive Divergence: chains, contrastive divergence, and the KL term through the last Langevin step."""

import torch
import torch.nn.functional as F

from cdrl import patched
from learn import Student, divergence, lengths, numbers, slope


def halved(x):
    """Squares of 2x2 pixels averaged, or windows of 3x3 where a side is odd."""
    return F.avg_pool2d(x, 3, 2, 1) if x.shape[2] % 2 or x.shape[3] % 2 else F.avg_pool2d(x, 2)


class Training:
    def __init__(self, arrays):
        self.number = numbers(arrays)
        self.start, self.others = arrays["start"], arrays["others"]
        self.net = Student(arrays, "model_state_dict_0.", self.number["lr"], (0.0, 0.999), self.number["ema"])

    def use(self, name):
        self.net.use(name)

    def branch(self, w, x, prefix):
        net = self.net
        conv = lambda h, name: F.conv2d(h, w[name + ".weight"], w[name + ".bias"], padding=1)
        patch = round((w[prefix + "conv1.weight"].shape[1] / x.shape[1]) ** 0.5)
        h = F.silu(conv(net.arranged(patched(x, patch)), prefix + "conv1"))
        for name in sorted(n[: -len(".conv1.weight")] for n in w if n.startswith(prefix + "res") and n.endswith(".conv1.weight")):
            y = F.silu(conv(F.silu(conv(h, name + ".conv1")), name + ".conv2"))
            h = h + y
            if name + ".conv_downsample.weight" in w:
                h = F.silu(conv(halved(h), name + ".conv_downsample"))
        return F.linear(F.silu(h).mean((2, 3)), w[prefix + "energy_map.weight"], w[prefix + "energy_map.bias"])[:, 0]

    def energy(self, w, x):
        half = halved(x)
        return self.branch(w, halved(half), "small_") + self.branch(w, half, "mid_") + self.branch(w, x, "")

    def langevin(self, w, x, create_graph=False):
        y = x.add(torch.randn_like(x), alpha=self.number["step-noise"]).detach().requires_grad_(True)
        g = slope(self.energy(w, y), y, create_graph)
        return (y - self.number["step-size"] * g).clamp(0, 1)

    def neighbours(self, x):
        """The mean logarithm of the distances from the nearest of others."""
        a, b = x.flatten(1), self.others.flatten(1)
        nearest = (b.square().sum(1) - 2 * a @ b.t()).min(1).values + a.square().sum(1)
        return 0.5 * nearest.clamp(min=1e-8).log().mean()

    def learn(self, real):
        n, net = self.number, self.net
        net.still()
        frozen, x = net.w, self.start
        for _ in range(int(n["langevin-steps"]) - 1):
            x = self.langevin(frozen, x).detach()
        net.fold(1)
        x = self.langevin(net.w, x, create_graph=True)
        samples = x.detach()
        of_real, of_samples = self.energy(net.w, real), self.energy(net.w, samples)
        first = torch.autograd.grad(divergence(of_real, of_samples, n["alpha"]), net.parameters)
        distance = self.neighbours(x)
        loss = n["kl"] * self.energy(frozen, x).mean() - n["entropy"] * distance
        second = torch.autograd.grad(loss, net.parameters, allow_unused=True)
        second = [torch.zeros_like(p) if g is None else g for g, p in zip(second, net.parameters)]
        net.descend([a + b for a, b in zip(first, second)], n["grad-norm"])
        measures = [of_real.mean(), of_samples.mean(), lengths(first), lengths(second), distance]
        return samples, [m.item() for m in measures]

    def answers(self, x):
        return {"measures": self.learn(x)[1]}

    def iterate(self, x):
        self.start = self.learn(x)[0]
        return x
