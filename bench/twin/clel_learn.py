"""An iteration of CLEL: chains, latents of real pictures, an update of the energy network, one of the SimCLR encoder."""

import torch
import torch.nn.functional as F

from cdrl import patched
from learn import Student, divergence, numbers, slope


class Training:
    def __init__(self, arrays):
        n = self.number = numbers(arrays)
        self.start = arrays["start"]
        self.net = Student(arrays, "ebm.", n["lr"], (0.0, 0.999), n["ema"])
        self.encoder = Student(arrays, "encoder.", n["encoder-lr"], (0.9, 0.999), n["ema"])
        self.optimise()

    def use(self, name):
        self.net.use(name)
        self.encoder.use(name)
        self.optimise()

    def optimise(self):
        n = self.number
        self.encoder.adam = torch.optim.SGD(self.encoder.parameters, n["encoder-lr"], momentum=n["encoder-momentum"], weight_decay=n["encoder-decay"])

    def forward(self, x):
        """f and g of pictures."""
        net, act = self.net, lambda h: F.leaky_relu(h, 0.2)
        mean, std = (net.w["stem.0." + n].view(1, -1, 1, 1) for n in ("mean", "std"))
        h = net.conv(net.arranged(patched((x - mean) / std, int(self.number["patch"]))), "stem.1")
        stage = 0
        for block in sorted({tuple(map(int, n.split(".")[1:3])) for n in net.w if n.startswith("stages.")}):
            if block[0] != stage:
                stage, h = block[0], F.avg_pool2d(h, 2)
            name = "stages.%d.%d" % block
            y = net.conv(act(net.conv(act(h), name + ".conv1")), name + ".conv2")
            h = (net.conv(h, name + ".shortcut") if name + ".shortcut.weight" in net.w else h) + y
        f = net.linear(act(net.linear(act(h).mean((2, 3)), "head.0")), "head.2")
        return f, net.linear(act(net.linear(f, "projection.0")), "projection.2")

    def encode(self, x):
        net = self.encoder

        def norm(h, name):
            w = net.raw
            return F.batch_norm(h, w[name + ".running_mean"], w[name + ".running_var"], w[name + ".weight"], w[name + ".bias"], True, 0.1, 1e-5)

        def conv(h, name, stride=1):
            weight = net.raw[name + ".weight"]
            return F.conv2d(h, weight, None, stride, weight.shape[-1] // 2)

        mean, std = (net.raw["conv1.0." + n].view(1, -1, 1, 1) for n in ("mean", "std"))
        h = conv(net.arranged((x - mean) / std), "conv1.1", 2 if net.raw["conv1.1.weight"].shape[-1] == 7 else 1)
        h = F.relu(norm(h, "bn1"))
        for name in sorted({".".join(n.split(".")[:2]) for n in net.raw if n.startswith("layer")}):
            stride = 2 if name.endswith(".0") and not name.startswith("layer1") else 1
            y = F.relu(norm(conv(h, name + ".conv1", stride), name + ".bn1"))
            y = norm(conv(y, name + ".conv2"), name + ".bn2")
            if name + ".downsample.0.weight" in net.raw:
                h = norm(conv(h, name + ".downsample.0", stride), name + ".downsample.1")
            h = F.relu(h + y)
        h = F.relu(norm(net.linear(h.mean((2, 3)), "fc.0"), "fc.1"))
        return net.linear(h, "fc.3")

    def contrast(self, views, negatives):
        z, tau, count = F.normalize(views), self.number["temperature"], len(views) // 2
        logits = z @ torch.cat([z, F.normalize(negatives)]).t() / tau
        logits = logits - 1e9 * torch.eye(2 * count, logits.shape[1])
        positive = (z * torch.cat([z[count:], z[:count]])).sum(1) / tau
        return (logits.logsumexp(1) - positive).mean()

    def learn(self, real):
        n, net, encoder = self.number, self.net, self.encoder
        net.still()
        x = self.start
        for _ in range(int(n["langevin-steps"])):
            x = x.detach().requires_grad_(True)
            g = slope(self.forward(x)[0].square().sum(1) / 2, x).clamp(-n["clip"], n["clip"])
            x = (x.detach() - n["step-size"] * g).add_(torch.randn_like(x), alpha=n["step-noise"]).clamp_(0, 1)
        samples = x.detach()
        with torch.no_grad():
            latents = F.normalize(self.encode(real))
        net.fold(1)
        f, g = self.forward(torch.cat([real, samples]))
        e, count = f.square().sum(1) / 2, len(real)
        similarity = F.cosine_similarity(g[:count], latents).mean()
        loss = divergence(e[:count], e[count:], n["alpha"]) - n["beta"] * similarity
        length = net.descend(torch.autograd.grad(loss, net.parameters), n["grad-norm"])
        encoder.fold(0)
        contrast = self.contrast(self.encode(torch.cat([real, real])), g[count:].detach())
        encoder.descend(torch.autograd.grad(contrast, encoder.parameters))
        encoder.fold(0)
        return samples, [m.item() for m in (e[:count].mean(), e[count:].mean(), similarity, length, contrast)]

    def answers(self, x):
        return {"measures": self.learn(x)[1]}

    def iterate(self, x):
        self.start = self.learn(x)[0]
        return x
