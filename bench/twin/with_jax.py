"""CLEL's energy network in JAX, compiled, channels last: the same commands as main.py's.

    hello THREADS, load clel NAME FILE.npz, time step NAME CHAINS COUNT
"""

import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from serve import serve

STEP_SIZE, CLIP, NOISE = 100.0, 100.0, 0.001

nets, chains = {}, {}


def leaky(x):
    return jnp.where(x > 0, x, 0.2 * x)


def conv(w, name, h):
    kernel = w[name + ".weight"]
    y = lax.conv_general_dilated(h, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return y + w[name + ".bias"] if name + ".bias" in w else y


def halved(h):
    n, height, width, c = h.shape
    return h.reshape(n, height // 2, 2, width // 2, 2, c).mean((2, 4))


def energy(blocks, w, x):
    h = jnp.transpose((x - w["stem.0.mean"].reshape(1, -1, 1, 1)) / w["stem.0.std"].reshape(1, -1, 1, 1), (0, 2, 3, 1))
    h, stage = conv(w, "stem.1", h), 0
    for block in blocks:
        if block[0] != stage:
            stage, h = block[0], halved(h)
        name = "stages.%d.%d" % block
        y = conv(w, name + ".conv2", leaky(conv(w, name + ".conv1", leaky(h))))
        if name + ".shortcut.weight" in w:
            h = conv(w, name + ".shortcut", h)
        h = h + y
    h = leaky(h).mean((1, 2))
    h = leaky(h @ w["head.0.weight"].T + w["head.0.bias"])
    h = h @ w["head.2.weight"].T + w["head.2.bias"]
    return jnp.square(h).sum(1) / 2


def with_gradient(blocks, w, x):
    def total(x):
        e = energy(blocks, w, x)
        return e.sum(), e

    (_, e), gradient = jax.value_and_grad(total, has_aux=True)(x)
    return e, gradient


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def step(blocks, w, x, key):
    key, noise = jax.random.split(key)
    _, gradient = with_gradient(blocks, w, x)
    x = x - STEP_SIZE * jnp.clip(gradient, -CLIP, CLIP) + NOISE * jax.random.normal(noise, x.shape)
    return jnp.clip(x, 0, 1), key


def plain(arrays):
    """Weights by name, the spectral norms folded into them."""
    w, mark = {}, ".parametrizations.weight"
    for name, value in arrays.items():
        if name.endswith(mark + ".original"):
            layer = name[: -len(mark + ".original")]
            u, v = (arrays[layer + mark + ".0." + n].astype(np.float64) for n in ("_u", "_v"))
            exact = value.astype(np.float64)
            w[layer + ".weight"] = (exact / (u @ exact.reshape(len(exact), -1) @ v)).astype(np.float32)
        elif mark not in name:
            w[name] = value
    return w


def hello(threads):
    return {"version": jax.__version__, "threads": int(threads)}


def load(family, name, path):
    if family != "clel":
        raise ValueError("found family %s, want clel" % family)
    w = plain({key: np.array(value, dtype=np.float32) for key, value in np.load(path).items()})
    x = w.pop("x")
    blocks = tuple(sorted({tuple(map(int, key.split(".")[1:3])) for key in w if key.startswith("stages.")}))
    w = {key: jnp.asarray(value.transpose(2, 3, 1, 0) if value.ndim == 4 else value) for key, value in w.items()}
    nets[name] = (blocks, w, x.shape[1:])
    e, gradient = jax.jit(with_gradient, static_argnums=0)(blocks, w, jnp.asarray(x))
    return {"energy": e.tolist(), "gradient": np.linalg.norm(np.asarray(gradient).reshape(len(x), -1), axis=1).tolist()}


def measure(verb, name, batch, count):
    blocks, w, shape = nets[name]
    if (name, batch) not in chains:
        chains[name, batch] = (jax.random.uniform(jax.random.PRNGKey(1), (int(batch), *shape)), jax.random.PRNGKey(2))
    x, key = step(blocks, w, *chains[name, batch])
    x.block_until_ready()
    begin = time.perf_counter()
    for _ in range(int(count)):
        x, key = step(blocks, w, x, key)
    x.block_until_ready()
    chains[name, batch] = (x, key)
    return {"ms": 1e3 * (time.perf_counter() - begin) / int(count), "format": "NHWC"}


serve({"hello": hello, "load": load, "time": measure})
