"""Writes want.json: what pytorch-fid's network makes of weights that are told by a
formula, after every block, and how PyTorch resizes. Run where torch, torchvision and
pytorch-fid are installed: python3 make.py
The file in the repository was made by PyTorch 1.13 with the modules of pytorch-fid
0.3.0 and torchvision 0.15.2. inception_test.go holds the same formula."""
import json
import numpy as np
import torch
import torch.nn.functional as F
from pytorch_fid import inception

MASK = (1 << 64) - 1


def uniform(name, count):
    """Numbers in [0, 1): SplitMix64 counted from the FNV-1a hash of a name."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / (1 << 24)


def weight(name, shape):
    u = uniform(name, int(np.prod(shape)))
    if name.endswith("conv.weight"):
        u = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith("bn.weight"):
        u = 0.8 + 0.4 * u
    elif name.endswith("running_var"):
        u = 0.5 + u
    else:
        u = 0.2 * u - 0.1
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def state(url, progress=True):
    names = inception._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    return {k: weight(k, tuple(v.shape)) for k, v in names.state_dict().items() if "num_batches" not in k}


def picture(name, *shape):
    return torch.from_numpy(uniform(name, int(np.prod(shape))).astype(np.float32).reshape(1, *shape))


def sample(x, count):
    flat = x.reshape(-1)
    return [float(flat[i * len(flat) // count]) for i in range(count)]


inception.load_state_dict_from_url = state
torch.set_grad_enabled(False)
net = inception.InceptionV3().eval()
x = torch.cat([picture("first", 3, 20, 28), picture("second", 3, 20, 28)])
whole = net(x)[0].reshape(2, 2048)
y = 2 * F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False) - 1
stages = []
for block in net.blocks:
    for stage in block:
        y = stage(y)
        d = y[1].double()
        stages.append(dict(shape=list(y.shape[1:]), mean=float(d.mean()), square=float((d * d).mean()), values=sample(y[1], 8)))
assert torch.equal(whole, y.reshape(2, 2048))
small = picture("resize", 2, 5, 7)
resized = [dict(height=h, width=w, values=sample(F.interpolate(small, size=(h, w), mode="bilinear", align_corners=False), 2 * h * w))
           for h, w in [(4, 4), (9, 11)]]
json.dump(dict(stages=stages, features=[sample(whole[0], 64), sample(whole[1], 64)], resized=resized), open("want.json", "w"), indent=1)
