"""The peer that `make bench` measures against: our networks in PyTorch.

Written from the published descriptions of the networks, with what makes PyTorch
fast: spectral norms folded into the weights, weights that need no gradient, all
cores, and the memory format that is the faster one here. One file a family holds
its networks. This one reads one command a line from stdin and answers with one
line of JSON:

    hello THREADS                    {"version", "threads"}
    load FAMILY NAME FILE.npz        what the network makes of the pictures "x" in the file
    time ACTION NAME CHAINS COUNT    {"ms", "format"}: mean of COUNT actions, after one unmeasured
"""

import time

import numpy as np
import torch

import cdrl
import cdrl_learn
import clel
import clel_learn
import icd
import icd_learn
import vaeebm
import vaeebm_learn
from net import FORMATS
from serve import serve

FAMILIES = {
    "clel": clel.Energy, "cdrl": cdrl.Networks, "icd": icd.Energy, "vaeebm": vaeebm.Energy,
    "clel-training": clel_learn.Training, "cdrl-training": cdrl_learn.Training,
    "icd-training": icd_learn.Training, "vaeebm-training": vaeebm_learn.Training,
}

nets, chains, formats = {}, {}, {}


def timed(action, x, count):
    """The pictures after count actions, and milliseconds an action."""
    begin = time.perf_counter()
    for _ in range(count):
        x = action(x)
    return x, 1e3 * (time.perf_counter() - begin) / count


def fastest(net, action, x):
    """The memory format that is faster for this net and batch, best of three each."""
    best = {}
    for name in FORMATS:
        net.use(name)
        timed(action, x, 1)
        best[name] = min(timed(action, x, 1)[1] for _ in range(3))
    return min(best, key=best.get)


def hello(threads):
    torch.set_num_threads(int(threads))
    return {"version": torch.__version__, "threads": torch.get_num_threads()}


def load(family, name, path):
    arrays = {key: torch.from_numpy(np.array(value)) for key, value in np.load(path).items()}
    arrays = {key: value.float() if value.dtype == torch.float16 else value for key, value in arrays.items()}
    x = arrays.pop("x")
    nets[name] = (FAMILIES[family](arrays), x.shape[1:])
    return nets[name][0].answers(x)


def measure(verb, name, batch, count):
    (net, shape), key = nets[name], (verb, name, batch)
    action = getattr(net, verb)
    if key not in chains:
        chains[key] = torch.rand(int(batch), *shape)
        formats[key] = fastest(net, action, chains[key])
    net.use(formats[key])
    x, _ = timed(action, chains[key], 1)
    chains[key], ms = timed(action, x, int(count))
    return {"ms": ms, "format": formats[key]}


serve({"hello": hello, "load": load, "time": measure})
