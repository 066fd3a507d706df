"""An iteration of variational MCMC teaching: ancestral Langevin sampling, an update of the energy, one of the auto-encoder."""

import torch
import torch.nn.functional as F

from learn import Student, lengths, numbers, slope


class Training:
    def __init__(self, arrays):
        n = self.number = numbers(arrays)
        self.latents, self.noise = arrays["latents"], arrays["noise"]
        student = lambda prefix, rate: Student(arrays, prefix, rate, (0.9, 0.999), n["ema"])
        self.energy, self.generator, self.encoder = student("ebm.", n["lr"]), student("generator.", n["vae-lr"]), student("encoder.", n["vae-lr"])

    def use(self, name):
        for net in (self.energy, self.generator, self.encoder):
            net.use(name)

    def halvings(self, net, x):
        h = net.arranged(x)
        for i in sorted({int(name.split(".")[1]) for name in net.w if name.startswith("conv.")}):
            h = F.relu(F.conv2d(h, net.w["conv.%d.weight" % i], net.w["conv.%d.bias" % i], stride=2, padding=1))
        return h.contiguous().flatten(1)

    def u(self, x):
        return self.energy.linear(self.halvings(self.energy, x), "fc")[:, 0]

    def generate(self, z):
        """4x4 kernels double, the others keep the size, but the first: its picture is the kernel's."""
        net, h = self.generator, z[:, :, None, None]
        layers = sorted({int(name.split(".")[1]) for name in net.w})
        for i in layers:
            weight, bias = net.w["model.%d.weight" % i], net.w["model.%d.bias" % i]
            size = weight.shape[2]
            stride, padding = (1, 0) if i == 0 else (2, 1) if size == 4 else (1, size // 2)
            h = F.conv_transpose2d(h if i == 0 else F.relu(h), weight, bias, stride=stride, padding=padding)
        return torch.tanh(h)

    def learn(self, real, latents, noise):
        n, energy, generator, encoder = self.number, self.energy, self.generator, self.encoder
        real = 2 * real - 1
        energy.still()
        with torch.no_grad():
            x = self.generate(latents)
        for _ in range(int(n["langevin-steps"])):
            x = x.detach().requires_grad_(True)
            x = x - n["delta"] ** 2 / 2 * slope(self.u(x), x) + n["noise"] * n["delta"] * torch.randn_like(x)
        samples, count = x.detach(), len(real)
        energy.fold(0)
        u = self.u(torch.cat([real, samples]))
        loss = u[:count].mean() - u[count:].mean() + n["alpha"] * u.square().mean()
        length = energy.descend(torch.autograd.grad(loss, energy.parameters), n["grad-norm"])
        of_samples = count - int(n["vae-data"] * count + 0.5)
        x = torch.cat([samples[:of_samples], real[of_samples:]])
        h = self.halvings(encoder, x)
        mean, log_variance = encoder.linear(h, "mu"), encoder.linear(h, "logvar")
        y = self.generate(mean + (log_variance / 2).exp() * noise)
        kl = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(1).mean()
        loss = (x - y).square().sum((1, 2, 3)).mean() / (2 * n["residual"] ** 2) + n["kl"] * kl
        gradients = torch.autograd.grad(loss, generator.parameters + encoder.parameters)
        of_both = lengths(gradients)
        generator.descend(gradients[: len(generator.parameters)])
        encoder.descend(gradients[len(generator.parameters):])
        generator.fold(0)
        encoder.fold(0)
        return [m.item() for m in (u[:count].mean(), u[count:].mean(), length, kl, of_both)]

    def answers(self, x):
        return {"measures": self.learn(x, self.latents, self.noise)}

    def iterate(self, x):
        self.learn(x, torch.randn_like(self.latents), torch.randn_like(self.noise))
        return x
