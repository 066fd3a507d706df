"""An iteration of CDRL: proposals for noisy pictures, Langevin steps, an update of the energy, one of the initializer."""

import math

import torch
import torch.nn.functional as F

from cdrl import Networks
from learn import Student, numbers, slope


class Training(Networks):
    """Networks whose weights come from two students, with a noise level for every picture."""

    def __init__(self, arrays):
        n = self.number = numbers(arrays)
        n.update(swish=0.0, add_q=0.0, init_patch=n["init-patch"])
        self.column = {name: arrays[name] for name in ("noisy", "clean", "noise", "level", "below", "pull", "s2")}
        self.energy = Student(arrays, "ebm.", n["lr"], (0.9, 0.999), n["ema"])
        self.init = Student(arrays, "init.", n["init-lr"], (0.9, 0.999), n["ema"])
        self.join()
        self.blocks = sorted(self.numbers("energy.module_list.") - {0})
        self.downs, self.ups = self.levels("initializer.downs."), self.levels("initializer.ups.")
        self.groups, self.format = int(n["init-groups"]), "NCHW"
        self.act = lambda x: F.leaky_relu(x, 0.2)

    def use(self, name):
        self.format = name
        self.energy.use(name)
        self.init.use(name)

    def join(self):
        self.w = {"energy." + name: value for name, value in self.energy.w.items()}
        self.w.update(("initializer." + name, value) for name, value in self.init.w.items())

    def time(self, logsnr, width, first, second, classes, act):
        t = 1000 * torch.atan(torch.exp(-logsnr.double() / 2)) / (math.pi / 2)
        half = width // 2
        angles = t[:, None] * torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float64) / max(half - 1, 1))
        return self.linear(act(self.linear(torch.cat([angles.sin(), angles.cos()], 1).float(), first)), second)

    def learn(self, noise):
        n, column = self.number, self.column
        noisy, clean, level, below = (column[name] for name in ("noisy", "clean", "level", "below"))
        pull, deviation = column["pull"].view(-1, 1, 1, 1), column["s2"].sqrt().view(-1, 1, 1, 1)
        self.energy.still()
        self.init.fold(0)
        self.join()
        with torch.no_grad():
            x = noisy + self.proposal(noisy, level)
        for z in noise:
            x = x.detach().requires_grad_(True)
            g = slope(self.f(x, below), x)
            x = x.detach() + 0.5 * g - pull * (x.detach() - noisy) + deviation * z
        revised = x.detach()
        self.energy.fold(1)
        self.join()
        f, count = self.f(torch.cat([clean, revised]), torch.cat([below, below])), len(clean)
        loss = f[count:].mean() - f[:count].mean()
        length = self.energy.descend(torch.autograd.grad(loss, self.energy.parameters), n["grad-norm"])
        proposed = noisy + self.proposal(noisy, level)
        square = lambda target: (proposed - target).square().mean()
        regression = (1 - n["init-data"]) * square(revised) + n["init-data"] * square(clean)
        of_init = self.init.descend(torch.autograd.grad(regression, self.init.parameters), n["grad-norm"])
        return [m.item() for m in (-f[:count].mean(), -f[count:].mean(), length, regression, of_init)]

    def answers(self, x):
        return {"measures": self.learn(self.column["noise"])}

    def iterate(self, x):
        self.learn(torch.randn_like(self.column["noise"]))
        return x
