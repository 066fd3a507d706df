"""TorchEBM's Langevin sampler on CLEL's energy of clel.py: the same commands as main.py's."""

import time

import numpy as np
import torch
import torchebm
from torchebm.core import BaseModel
from torchebm.samplers import LangevinDynamics

import clel
from net import FORMATS
from serve import serve

nets, chains = {}, {}

if "generator" not in (torch.randn_like.__doc__ or ""):
    # TorchEBM hands its generator, None here, to randn_like, which learned to take one later.
    without = torch.randn_like

    def randn_like(x, generator=None, **more):
        if generator is not None:
            raise TypeError("this PyTorch's randn_like takes no generator")
        return without(x, **more)

    torch.randn_like = randn_like


class Model(BaseModel):
    """An energy of ours as TorchEBM takes it."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net.energy(x)


def hello(threads):
    torch.set_num_threads(int(threads))
    return {"version": "%s with PyTorch %s" % (torchebm.__version__, torch.__version__), "threads": torch.get_num_threads()}


def load(family, name, path):
    if family != "clel":
        raise ValueError("found family %s, want clel" % family)
    arrays = {key: torch.from_numpy(np.array(value)).float() for key, value in np.load(path).items()}
    x = arrays.pop("x")
    net = clel.Energy(arrays)
    sampler = LangevinDynamics(Model(net), step_size=clel.STEP_SIZE, noise_scale=clel.NOISE, clamp=(0.0, 1.0))
    nets[name] = (net, sampler, x.shape[1:])
    return net.answers(x)


def walk(sampler, x, count):
    begin = time.perf_counter()
    x = sampler.sample(x=x, n_steps=count)
    return x, 1e3 * (time.perf_counter() - begin) / count


def measure(verb, name, batch, count):
    net, sampler, shape = nets[name]
    key = (name, batch)
    if key not in chains:
        x, best = torch.rand(int(batch), *shape), {}
        for form in FORMATS:
            net.use(form)
            walk(sampler, x, 1)
            best[form] = min(walk(sampler, x, 1)[1] for _ in range(3))
        chains[key] = (x, min(best, key=best.get))
    x, form = chains[key]
    net.use(form)
    x, _ = walk(sampler, x, 1)
    x, ms = walk(sampler, x, int(count))
    chains[key] = (x, form)
    return {"ms": ms, "format": form}


serve({"hello": hello, "load": load, "time": measure})
