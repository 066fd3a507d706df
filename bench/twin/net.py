"""What the twins of all families have in common."""

import torch
import torch.nn.functional as F

FORMATS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}


class Net:
    """Weights by name, spectral norms of PyTorch's older and newer kind folded into them."""

    def __init__(self, arrays):
        self.w = {}
        for name, value in arrays.items():
            if name.endswith(".parametrizations.weight.original"):
                layer = name[: -len(".parametrizations.weight.original")]
                u, v = (arrays[f"{layer}.parametrizations.weight.0.{n}"] for n in ("_u", "_v"))
                self.w[layer + ".weight"] = folded(value, u, v)
            elif name.endswith(".weight_orig"):
                layer = name[: -len("_orig")]
                self.w[layer] = folded(value, arrays[layer + "_u"], arrays[layer + "_v"])
            elif ".parametrizations." not in name and not name.endswith((".weight_u", ".weight_v")):
                self.w[name] = value
        self.format = "NCHW"

    def use(self, name):
        self.format = name
        for key, value in self.w.items():
            if value.dim() == 4:
                self.w[key] = value.contiguous(memory_format=FORMATS[name])

    def arranged(self, x):
        return x.contiguous(memory_format=FORMATS[self.format])

    def conv(self, h, name):
        weight = self.w[name + ".weight"]
        return F.conv2d(h, weight, self.w.get(name + ".bias"), padding=weight.shape[-1] // 2)

    def linear(self, h, name):
        return F.linear(h, self.w[name + ".weight"], self.w.get(name + ".bias"))


def folded(weight, u, v):
    sigma = torch.dot(u.double(), weight.double().flatten(1) @ v.double())
    return (weight.double() / sigma).float()


def with_gradient(f, x):
    """f of pictures, one number each, and its gradient."""
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        value = f(x)
        (gradient,) = torch.autograd.grad(value.sum(), x)
    return value.detach(), gradient


def norms(x):
    """The Euclidean norm of every picture, as JSON takes it."""
    return x.flatten(1).norm(dim=1).tolist()
