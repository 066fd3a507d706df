"""CDRL's two networks: F, a scaled log-density (higher is likelier), and the initializer, a U-Net.

The arrays are "energy.*" and "initializer.*" with the authors' names, and "number.*":
what no tensor tells of the networks, and the numbers of one noise level.
"""

import math

import torch
import torch.nn.functional as F

from net import Net, norms, with_gradient


class Networks(Net):
    def __init__(self, arrays):
        self.number = {name[len("number."):]: value.item() for name, value in arrays.items() if name.startswith("number.")}
        super().__init__({name: value for name, value in arrays.items() if not name.startswith("number.")})
        self.blocks = sorted(self.numbers("energy.module_list.") - {0})
        self.downs, self.ups = self.levels("initializer.downs."), self.levels("initializer.ups.")
        self.groups = int(self.number["groups"])
        self.act = F.silu if self.number["swish"] else lambda x: F.leaky_relu(x, 0.2)
        self.start = None

    def numbers(self, start):
        return {int(name[len(start):].split(".")[0]) for name in self.w if name.startswith(start)}

    def levels(self, start):
        return [["%s%d.%d" % (start, level, i) for i in sorted(self.numbers("%s%d." % (start, level)))]
                for level in sorted(self.numbers(start))]

    def time(self, logsnr, width, first, second, classes, act):
        """The time embedding of a noise level under no class, activated as the blocks want it."""
        t = 1000 * math.atan(math.exp(-logsnr / 2)) / (math.pi / 2)
        half = width // 2
        angles = t * torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float64) / max(half - 1, 1))
        h = torch.cat([angles.sin(), angles.cos()]).float()[None]
        h = self.linear(act(self.linear(h, first)), second)
        if classes + ".weight" in self.w:
            none = torch.zeros(1, self.w[classes + ".weight"].shape[1])
            none[0, 0] = 1
            h = h + self.linear(none, classes)
        return h

    # The energy network.

    def f(self, x, logsnr):
        time = self.time(logsnr, self.w["energy.temb_map1.weight"].shape[1], "energy.temb_map1", "energy.temb_map2", "energy.y_map", self.act)
        time = self.act(time)
        h = self.conv(self.arranged(patched(x, int(self.number["patch"]))), "energy.module_list.0")
        before = 0
        for index in self.blocks:
            if index > before + 1:  # the average over 2x2 pixels has an index of its own
                h = F.avg_pool2d(h, 2)
            before, name = index, "energy.module_list.%d" % index
            y = self.conv(self.act(h), name + ".conv1")
            y = y + self.act(self.linear(time, name + ".temb_map"))[:, :, None, None]
            y = self.conv(self.act(y), name + ".conv2") * self.w[name + ".g"]
            if name + ".short_cut.weight" in self.w:
                h = self.conv(h, name + ".short_cut")
            h = h + y
        h = F.silu(h) if self.number["swish"] else F.relu(h)
        value = (h.sum((2, 3)) * self.linear(time, "energy.temb_final")).sum(1)
        if self.number["add_q"]:
            value = value - x.square().flatten(1).sum(1) / 2
        return value

    # The initializer.

    def proposal(self, x, logsnr):
        """What the initializer adds to x."""
        width = self.w["initializer.time_mlp.1.weight"].shape[1]
        time = F.silu(self.time(logsnr, width, "initializer.time_mlp.1", "initializer.time_mlp.3", "initializer.y_mlp.0", F.silu))
        patch = int(self.number["init_patch"])
        h = self.conv(self.arranged(patched(x, patch)), "initializer.init_conv")
        left = [h]
        for level in self.downs:
            for name in level:
                down = name == level[-1] and level is not self.downs[-1]
                h = self.unit(h, time, name, lambda h: F.avg_pool2d(h, 2) if down else h)
                if self.attends(name):
                    left.pop()
                left.append(h)
        for name in ("mid_block1", "mid_attn", "mid_block2"):
            h = self.unit(h, time, "initializer." + name, lambda h: h)
        for level in self.ups:
            for name in level:
                up = name == level[-1] and level is not self.ups[-1] and not self.attends(name)
                if not up and not self.attends(name):
                    h = torch.cat([h, left.pop()], 1)
                h = self.unit(h, time, name, lambda h: F.interpolate(h, scale_factor=2) if up else h)
        h = self.conv(F.silu(self.norm(h, "initializer.norm")), "initializer.final_conv")
        return unpatched(h, patch)

    def attends(self, name):
        return name + ".to_qkv.weight" in self.w

    def norm(self, h, name):
        return F.group_norm(h, self.groups, self.w[name + ".weight"], self.w[name + ".bias"], 1e-6)

    def unit(self, x, time, name, resize):
        if self.attends(name):
            return x + self.attention(x, name)
        h = resize(F.silu(self.norm(x, name + ".norm1")))
        h, x = self.conv(h, name + ".conv1"), resize(x)
        scale, shift = self.linear(time, name + ".mlp.1")[:, :, None, None].chunk(2, 1)
        h = self.norm(h, name + ".norm2") * (1 + scale) + shift
        h = self.conv(F.silu(h), name + ".conv2")
        if name + ".res_conv.weight" in self.w:
            x = self.conv(x, name + ".res_conv")
        return x + h

    def attention(self, x, name):
        q, k, v = self.conv(self.norm(x, name + ".norm"), name + ".to_qkv").flatten(2).chunk(3, 1)
        share = torch.bmm(q.transpose(1, 2) / math.sqrt(q.shape[1]), k).softmax(-1)
        h = torch.bmm(v, share.transpose(1, 2)).view(x.shape[0], -1, *x.shape[2:])
        return self.conv(self.arranged(h), name + ".to_out")

    # What is compared and timed.

    def answers(self, x):
        n = self.number
        value, gradient = with_gradient(lambda x: self.f(n["scale"] * x, n["below"]), x)
        with torch.no_grad():
            proposal = self.proposal(x, n["logsnr"])
        return {"energy": (-value / n["s2"]).tolist(), "gradient": norms(gradient / n["s2"]), "proposal": norms(proposal)}

    @torch.no_grad()
    def step(self, x):
        """x + 1/2 d/dx (F - pull |x - x_t|^2) + s noise, with as many pictures x_t."""
        n = self.number
        if self.start is None or self.start.shape != x.shape:
            self.start = x.clone()
        _, gradient = with_gradient(lambda x: self.f(x, n["below"]), x)
        x = x + gradient.mul_(0.5) - n["pull"] * (x - self.start)
        return x.add_(torch.randn_like(x), alpha=math.sqrt(n["s2"]))

    @torch.no_grad()
    def propose(self, x):
        x = x + self.proposal(x, self.number["logsnr"])
        return x.add_(torch.randn_like(x), alpha=self.number["deviation"])


def patched(x, k):
    """Squares of k by k pixels as channels, the square's rows first."""
    if k == 1:
        return x
    n, c, h, w = x.shape
    return x.view(n, c, h // k, k, w // k, k).permute(0, 3, 5, 1, 2, 4).reshape(n, k * k * c, h // k, w // k)


def unpatched(x, k):
    if k == 1:
        return x
    n, c, h, w = x.shape
    return x.reshape(n, k, k, c // (k * k), h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // (k * k), h * k, w * k)
