"""Writes the small files of this folder, and want.json, which says what PyTorch and
numpy read from them. Run where both are installed: python3 make.py
The files in the repository were made by PyTorch 1.13 and numpy 1.24."""
import argparse, collections, json, pickle, zipfile
import numpy as np
import torch

want = {}


def note(file, tensors):
    """Remembers names, shapes, types and values of a file's tensors."""
    out = []
    for name, x in tensors:
        if isinstance(x, torch.Tensor):
            dtype = str(x.dtype).removeprefix("torch.")
            values = x.detach().to(torch.float64).reshape(-1).tolist()
            shape = list(x.shape)
        else:
            x = np.asarray(x)
            dtype, values, shape = x.dtype.newbyteorder("=").name, x.astype(float).reshape(-1).tolist(), list(x.shape)
        values = [str(v) if v != v or abs(v) == float("inf") else v for v in values]
        out.append({"name": name, "shape": shape, "dtype": dtype, "values": values})
    want[file] = out


base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
views = collections.OrderedDict(
    whole=base, transposed=base.t(), column=base[:, 2], part=base[1:3, 1:5:2], row=base[2],
    expanded=base[0, :1].expand(3, 4), empty=base[:0], number=base[3, 5], permuted=base.reshape(2, 2, 6).permute(2, 0, 1))
types = collections.OrderedDict(
    half=torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 1e-5, float("inf"), float("-inf"), float("nan")], dtype=torch.float16),
    bfloat=torch.tensor([0.1, -3.0, 1e30, float("inf")], dtype=torch.bfloat16),
    double=torch.tensor([0.1, -1e300], dtype=torch.float64), int64=torch.tensor([-2**53, 2**53]),
    int32=torch.tensor([-2**31, 7], dtype=torch.int32), int16=torch.tensor([-300, 300], dtype=torch.int16),
    int8=torch.tensor([-128, 127], dtype=torch.int8), uint8=torch.tensor([0, 255], dtype=torch.uint8),
    bool=torch.tensor([True, False, True]))
net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
opt = torch.optim.Adam(net.parameters())
net(torch.ones(2, 3)).sum().backward()
opt.step()
lists = {"model": net.state_dict(), "shadow": [p.detach() * 2 for p in net.parameters()], "nested": {"a": ({"b": base[:1]},)},
         "best": np.float64(0.25), "epoch": 7, "name": "café", "none": None, "flag": True, 3: "three",
         "args": argparse.Namespace(lr=0.1, tags=["x"]), "milestones": collections.Counter([2, 2, 5]),
         "size": base.size(), "dtype": torch.float16, "big": 2**100, "set": {1}, "bytes": b"\xff\x00"}
for zipped in (True, False):
    kind = "zip" if zipped else "legacy"

    def save(obj, file):
        torch.save(obj, file, _use_new_zipfile_serialization=zipped)

    save(views, f"views_{kind}.pt")
    note(f"views_{kind}.pt", views.items())
    save(types, f"types_{kind}.pth")
    note(f"types_{kind}.pth", types.items())
    save({"p": torch.nn.Parameter(base.t()), "opt": opt.state_dict(), **lists}, f"lists_{kind}.pth.tar")
    state = [(f"opt.state.{i}.{k}", v) for i, s in opt.state_dict()["state"].items() for k, v in s.items()]
    note(f"lists_{kind}.pth.tar", [("p", base.t())] + state + [("model." + k, v) for k, v in net.state_dict().items()]
         + [(f"shadow.{i}", v) for i, v in enumerate(lists["shadow"])] + [("nested.a.0.b", base[:1])])
    save(base, f"alone_{kind}.ckpt")
    note(f"alone_{kind}.ckpt", [(f"alone_{kind}", base)])
    save({"sparse": base.to_sparse(), "complex": torch.tensor([1j]), "plain": base[0]}, f"strange_{kind}.pt")
    note(f"strange_{kind}.pt", [("plain", base[0])])

f4 = np.arange(6, dtype="<f4").reshape(2, 3)
arrays = {"f4": f4, "fortran": np.asfortranarray(f4), "big": f4.astype(">f4"), "i8": np.array([-5, 5]), "flag": np.array([True, False]),
          "half": np.array([0.5, -1], "f2"), "zero": np.float64(3), "empty": np.zeros((0, 2), "f4"), "u16": np.array([65535], "u2")}
np.savez("arrays.npz", **arrays, text=np.array(["ab"]), objects=np.array([None, 1], dtype=object))
note("arrays.npz", arrays.items())
np.savez_compressed("packed.npz", **arrays)
note("packed.npz", arrays.items())
np.save("single.npy", f4)
note("single.npy", [("single", f4)])
for protocol in (2, 3, 4, 5):
    file = f"arrays_p{protocol}.pdparams"
    with open(file, "wb") as out:
        pickle.dump({"net": arrays, "loss": np.float32(1.5), "step": np.int64(9), "ok": np.bool_(True), "text": np.array(["ab"])}, out, protocol)
    note(file, [("net." + k, v) for k, v in arrays.items() if k != "zero"])

with open("want.json", "w") as out:
    json.dump(want, out, indent=0)
