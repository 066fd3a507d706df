"""What the twins in training have in common.

The arrays of a file are a training state with our names, "number.*": the settings, and
what one iteration begins with, so that its measurements can be compared.
"""

import torch
import torch.nn.functional as F

from net import FORMATS, Net

OLDER, NEWER = "_orig", ".parametrizations.weight.original"  # spectral norms of both kinds


class Student(Net):
    """A network in training: `raw` are the arrays as they are stored, `w` what fold makes of them."""

    def __init__(self, arrays, prefix, rate, betas, decay):
        self.raw = {name[len(prefix):]: value.clone() for name, value in arrays.items() if name.startswith(prefix)}
        self.spectral = []
        for name in self.raw:
            if name.endswith(NEWER):
                layer = name[: -len(NEWER)]
                part = layer + ".parametrizations.weight.0."
                self.spectral.append((layer + ".weight", name, part + "_u", part + "_v"))
            elif name.endswith(OLDER):
                layer = name[: -len(OLDER)]
                self.spectral.append((layer, name, layer + "_u", layer + "_v"))
        self.trained = [name for name in self.raw if not name.endswith(("_u", "_v", ".mean", ".std", ".running_mean", ".running_var"))]
        self.rate, self.betas, self.decay = rate, betas, decay
        self.use("NCHW")

    def use(self, name):
        """Chooses a memory format; Adam begins anew, with moments that have it too."""
        self.format = name
        for key, value in self.raw.items():
            value = value.detach()
            if value.dim() == 4:
                value = value.contiguous(memory_format=FORMATS[name])
            self.raw[key] = value.requires_grad_(key in self.trained)
        self.parameters = [self.raw[key] for key in self.trained]
        self.mean = [p.detach().clone() for p in self.parameters]
        self.adam = torch.optim.Adam(self.parameters, lr=self.rate, betas=self.betas)
        self.fold(0)

    def fold(self, iterations):
        """Makes weights of the arrays, after so many power iterations of the spectral norms."""
        self.w = dict(self.raw)
        for weight, name, left, right in self.spectral:
            matrix, u, v = self.raw[name].flatten(1), self.raw[left], self.raw[right]
            with torch.no_grad():
                for _ in range(iterations):
                    u = F.normalize(torch.mv(matrix, v), dim=0, eps=1e-12)
                    v = F.normalize(torch.mv(matrix.t(), u), dim=0, eps=1e-12)
                self.raw[left], self.raw[right] = u, v
            self.w[weight] = self.raw[name] / torch.dot(u, torch.mv(matrix, v))

    def still(self):
        """Lets chains use weights that carry no gradient."""
        self.fold(0)
        self.w = {name: value.detach() for name, value in self.w.items()}

    def descend(self, gradients, limit=0.0):
        """One step of Adam and of the averages; gradients are cut to a length of limit, 0: they are not."""
        length = lengths(gradients)
        if limit:
            scale = (limit / length).clamp(max=1)
            gradients = [g * scale for g in gradients]
        for p, g in zip(self.parameters, gradients):
            p.grad = g
        self.adam.step()
        with torch.no_grad():
            torch._foreach_mul_(self.mean, self.decay)
            torch._foreach_add_(self.mean, [p.detach() for p in self.parameters], alpha=1 - self.decay)
        return length


def numbers(arrays):
    """The settings, taken out of the arrays."""
    return {name[len("number."):]: arrays.pop(name).item() for name in list(arrays) if name.startswith("number.")}


def lengths(gradients):
    """The length of all gradients together."""
    return torch.stack([g.square().sum() for g in gradients]).sum().sqrt()


def slope(value, x, create_graph=False):
    """The gradient by x of numbers, one a picture."""
    return torch.autograd.grad(value.sum(), x, create_graph=create_graph)[0]


def divergence(real, samples, alpha):
    return (real - samples).mean() + alpha * (real.square() + samples.square()).mean()
