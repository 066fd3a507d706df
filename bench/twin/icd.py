"""Improved Contrastive Divergence's network for CIFAR-10: the sum of three residual networks, on the picture, its half and its quarter."""

import torch
import torch.nn.functional as F

from net import Net, norms, with_gradient

STEP_SIZE, NOISE = 100.0, 0.001
INSTANCE_LIMIT, GROUPS = 128, 32  # channels up to which a norm is one of each channel


class Energy(Net):
    def __init__(self, arrays):
        super().__init__(arrays)
        for name, value in self.w.items():
            if ".conv1.weight" in name or ".conv2.weight" in name:  # of blocks: standardised
                rows = value.flatten(1)
                rows = (rows - rows.mean(1, keepdim=True)) / (rows.std(1, keepdim=True) + 1e-5)
                self.w[name] = rows.view_as(value)

    def norm(self, h, name):
        gain, offset = self.w[name + ".weight"], self.w[name + ".bias"]
        if len(gain) <= INSTANCE_LIMIT:
            return F.instance_norm(h, weight=gain, bias=offset, eps=1e-5)
        return F.group_norm(h, GROUPS, gain, offset, 1e-5)

    def branch(self, x, prefix, blocks, attend):
        h = F.silu(self.conv(self.arranged(x), prefix + "conv1"))
        for block in blocks:
            name = prefix + "res_" + block
            y = F.silu(self.norm(self.conv(h, name + ".conv1"), name + ".bn1"))
            y = F.silu(self.norm(self.conv(y, name + ".conv2"), name + ".bn2"))
            h = h + y
            if name + ".conv_downsample.weight" in self.w:
                h = F.silu(F.avg_pool2d(self.conv(h, name + ".conv_downsample"), 3, 2, 1))
            if block == attend:
                h = self.attention(h)
        return self.linear(F.silu(h).mean((2, 3)), prefix + "energy_map")[:, 0]

    def attention(self, x):
        q, k, v = (self.conv(x, "self_attn.%s_conv" % part).flatten(2) for part in ("query", "key", "value"))
        share = torch.bmm(q.transpose(1, 2), k).softmax(-1)
        return x + self.w["self_attn.gamma"] * torch.bmm(v, share.transpose(1, 2)).view(x.shape)

    def energy(self, x):
        half = F.avg_pool2d(x, 3, 2, 1)
        quarter = F.avg_pool2d(half, 3, 2, 1)
        return (self.branch(x, "", ("1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b"), "2b")
                + self.branch(half, "mid_", ("1a", "1b", "2a", "2b", "3a", "3b"), "")
                + self.branch(quarter, "small_", ("1a", "1b", "2a", "2b"), ""))

    def answers(self, x):
        energy, gradient = with_gradient(self.energy, x)
        return {"energy": energy.tolist(), "gradient": norms(gradient)}

    @torch.no_grad()
    def step(self, x):
        x = x.add(torch.randn_like(x), alpha=NOISE)
        _, gradient = with_gradient(self.energy, x)
        return x.sub_(gradient, alpha=STEP_SIZE).clamp_(0, 1)
