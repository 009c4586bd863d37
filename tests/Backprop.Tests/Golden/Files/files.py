"""Files that Python wrote, for the readers, and a check of files that the writers wrote.

    python3 files.py write     writes the golden files beside this script (PyTorch 1.13, NumPy 1.24)
    python3 files.py check     reads what is in written/ as Python does, holds every number against its formula, and prints the hash of each file
    python3 files.py model runs/simple-convnet/model.safetensors
                               loads a model that `backprop train` wrote into PyTorch, compares what it gives for the file's own examples, and writes the weights back
                               as from-python.safetensors and from-python.pt, for `backprop evaluate --architecture simple-convnet --model ...`

A tensor called NAME is here as a file has it; what a reader must make of it, PyTorch says under the name NAME.widened, in a type that needs no widening. The safetensors library is
no part of this: what reads and writes its format here are a few lines by its description (eight bytes of length, JSON, elements). But dtypes-reference.safetensors is from the library:
dtypes.safetensors, read and written again by its Rust implementation, version 0.8.0-dev.0 (24b0b28), `serialize(SafeTensors::deserialize(&bytes)?.tensors(), metadata)`, which has
read all that is in written/ too.
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys
from collections import OrderedDict
from fractions import Fraction

import numpy
import torch

HERE = pathlib.Path(__file__).parent
WRITTEN = HERE / "written"
DTYPES = {"BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "F16": torch.float16, "BF16": torch.bfloat16, "I32": torch.int32, "F32": torch.float32,
          "F64": torch.float64, "I64": torch.int64}


def raw(tensor):
    """The bytes of a tensor's elements, row-major."""
    tensor = tensor.detach().contiguous()
    if tensor.numel() == 0:
        return b""
    bits = {torch.bfloat16: torch.int16, torch.bool: torch.uint8}.get(tensor.dtype)
    return (tensor.view(bits) if bits else tensor).numpy().tobytes()


def write_safetensors(path, tensors, metadata=None):
    """tensors: name -> torch tensor, or (dtype, shape, bytes) where torch has no such dtype."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        if isinstance(tensor, torch.Tensor):
            tensor = (next(key for key, value in DTYPES.items() if value == tensor.dtype), list(tensor.shape), raw(tensor))
        dtype, shape, content = tensor
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    content = path.read_bytes()
    length = struct.unpack_from("<Q", content)[0]
    header = json.loads(content[8:8 + length])
    metadata, tensors, end = header.pop("__metadata__", {}), {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = entry["data_offsets"]
        assert begin == end, name
        end = stop
        part = content[8 + length + begin:8 + length + stop]
        dtype = DTYPES[entry["dtype"]]
        tensor = torch.frombuffer(bytearray(part), dtype=dtype) if part else torch.empty(0, dtype=dtype)
        tensors[name] = tensor.reshape(entry["shape"])
    assert 8 + length + end == len(content)
    return tensors, metadata


def float8(bits, exponent_bits, mantissa_bits, bias, kind):
    """The value of a byte, from the definition of its format in exact arithmetic."""
    sign, exponent, mantissa = bits >> 7, (bits >> mantissa_bits) & (2 ** exponent_bits - 1), bits & (2 ** mantissa_bits - 1)
    top = exponent == 2 ** exponent_bits - 1
    if kind == "fn" and top and mantissa == 2 ** mantissa_bits - 1 or kind == "ieee" and top and mantissa or kind == "fnuz" and bits == 0x80:
        return float("nan")
    if kind == "ieee" and top:
        return float("-inf") if sign else float("inf")
    value = Fraction(mantissa, 2 ** mantissa_bits) + (1 if exponent else 0)
    value *= Fraction(2) ** (max(exponent, 1) - bias)
    return -float(value) if sign else float(value)


def write_dtypes():
    specials = [0.0, -0.0, 1.0, -1.5, 65504.0, 6e-8, 1e-5, float("inf"), float("-inf"), float("nan"), 3.1415927, 1e-40]
    tensors = OrderedDict()

    def add(name, tensor, widened):
        tensors[name] = tensor
        tensors[name + ".widened"] = widened

    for name, dtype in [("F16", torch.float16), ("BF16", torch.bfloat16)]:
        tensor = torch.tensor(specials + list(numpy.linspace(-9, 9, 88)), dtype=torch.float64).to(dtype).reshape(10, 10)
        add(name, tensor, tensor.float())
    for name, dtype in [("F32", torch.float32), ("F64", torch.float64)]:
        tensor = torch.tensor(specials, dtype=dtype)
        add(name, tensor, tensor)
    for name, dtype, wide in [("I8", torch.int8, torch.int32), ("I16", torch.int16, torch.int32), ("U8", torch.uint8, torch.int32), ("I32", torch.int32, torch.int32), ("I64", torch.int64, torch.int64)]:
        range_ = torch.iinfo(dtype)
        tensor = torch.tensor([range_.min, range_.min + 1, 0, 1, 77, range_.max], dtype=dtype).reshape(2, 3)
        add(name, tensor, tensor.to(wide))
    for name, code, wide, most in [("U16", "<u2", torch.int32, 2 ** 16 - 1), ("U32", "<u4", torch.int64, 2 ** 32 - 1), ("U64", "<u8", torch.int64, 2 ** 63 - 1)]:
        values = [0, 1, 77, most // 2 + 1, most]
        add(name, (name, [5], numpy.array(values, code).tobytes()), torch.tensor(values, dtype=wide))
    add("BOOL", torch.tensor([[True, False], [False, True]]), torch.tensor([[True, False], [False, True]]))
    all_bytes = bytes(range(256))
    for name, arguments in {"F8_E4M3": (4, 3, 7, "fn"), "F8_E5M2": (5, 2, 15, "ieee"), "F8_E4M3FNUZ": (4, 3, 8, "fnuz"), "F8_E5M2FNUZ": (5, 2, 16, "fnuz")}.items():
        add(name, (name, [16, 16], all_bytes), torch.tensor([float8(bits, *arguments) for bits in range(256)], dtype=torch.float64).float().reshape(16, 16))
    add("F8_E8M0", ("F8_E8M0", [256], all_bytes), torch.tensor([2.0 ** (bits - 127) for bits in range(255)] + [float("nan")], dtype=torch.float64).float())
    add("empty", torch.zeros(0, 4, dtype=torch.float16), torch.zeros(0, 4))
    add("scalar", torch.tensor(2.5, dtype=torch.bfloat16), torch.tensor(2.5))
    write_safetensors(HERE / "dtypes.safetensors", tensors, {"format": "pt", "note": "größe"})


def convnet():
    torch.manual_seed(1)
    model = torch.nn.Sequential(OrderedDict(
        conv1=torch.nn.Conv2d(1, 3, 3, padding=1), norm1=torch.nn.BatchNorm2d(3), relu1=torch.nn.ReLU(), pool=torch.nn.MaxPool2d(2),
        conv2=torch.nn.Conv2d(3, 4, 3, bias=False), norm2=torch.nn.BatchNorm2d(4), relu2=torch.nn.ReLU(), flatten=torch.nn.Flatten(), fc=torch.nn.Linear(16, 5)))
    for _ in range(3):
        model(torch.randn(6, 1, 8, 8) * 2 + 1)
    return model.eval()


def write_convnet():
    model = convnet()
    state = model.state_dict()
    torch.save(state, HERE / "convnet.pt")
    write_safetensors(HERE / "convnet.safetensors", state, {"format": "pt"})
    x = (torch.arange(2 * 64) % 23 - 11).float().reshape(2, 1, 8, 8) / 8
    with torch.no_grad():
        write_safetensors(HERE / "convnet-output.safetensors", {"input": x, "output": model(x), "output64": convnet().double()(x.double()).detach()})
    folder = HERE / "sharded"
    folder.mkdir(exist_ok=True)
    names = list(state)
    parts = {"model-00001-of-00002.safetensors": names[:7], "model-00002-of-00002.safetensors": names[7:]}
    for name, keys in parts.items():
        write_safetensors(folder / name, {key: state[key] for key in keys}, {"format": "pt"})
    index = {"metadata": {"total_size": sum(len(raw(tensor)) for tensor in state.values())}, "weight_map": {key: name for name, keys in parts.items() for key in keys}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


def write_views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 4
    cube = torch.arange(60, dtype=torch.int16).reshape(3, 4, 5)
    tensors = OrderedDict(
        half=torch.linspace(-3, 3, 7).half(), bfloat=torch.linspace(-3, 3, 7).bfloat16(), double=torch.linspace(-3, 3, 7, dtype=torch.float64), bytes=torch.arange(5, dtype=torch.uint8),
        chars=torch.arange(-2, 3, dtype=torch.int8), ints=torch.arange(3, dtype=torch.int32), longs=torch.tensor([2 ** 62, -1]), truths=torch.tensor([True, False, True]),
        whole=base, transposed=base.t(), columns=base[:, 1:5:2], rows=base[1:3], shared=base[2], permuted=cube.permute(2, 0, 1), scalar=torch.tensor(7.5), empty=torch.zeros(0, 3),
        expanded=torch.tensor([[1.0], [2.0]]).expand(2, 3), diagonal=base.diagonal(), parameter=torch.nn.Parameter(torch.ones(2)), tied=base)
    torch.save(tensors, HERE / "views.pt")
    torch.save(tensors, HERE / "views-protocol4.pt", pickle_protocol=4)
    wide = {torch.float16: torch.float32, torch.bfloat16: torch.float32, torch.uint8: torch.int32, torch.int8: torch.int32, torch.int16: torch.int32}
    write_safetensors(HERE / "views.safetensors", {name: tensor.to(wide.get(tensor.dtype, tensor.dtype)) for name, tensor in tensors.items()})


def write_checkpoint():
    torch.manual_seed(2)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.randn(5, 3)).square().mean().backward()
        optimizer.step()
    torch.save({"epoch": 3, "name": "größe", "best": None, "loss": 0.125, "done": False, "big": 2 ** 70, "negative": -5, "history": [0.5, 0.25, [1, 300, 70000]], "pair": (1, "two"),
                "size": torch.Size([2, 3]), "dtype": torch.float16, "empty": {}, 7: "seven", "state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}, HERE / "checkpoint.pt")
    write_safetensors(HERE / "checkpoint.safetensors", {**model.state_dict(), "exp_avg": optimizer.state_dict()["state"][0]["exp_avg"]})
    torch.save(model.state_dict(), HERE / "legacy.pt", _use_new_zipfile_serialization=False)

    class Evil:
        def __reduce__(self):
            import os
            return os.system, ("echo harm",)

    torch.save({"weight": torch.ones(2), "x": Evil()}, HERE / "evil.pt")
    torch.save(torch.nn.Linear(1, 1), HERE / "module.pt")


def arrays():
    result = OrderedDict()
    for code in ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
        for order in "<>":
            type_ = numpy.dtype(order + code)
            if order == ">" and type_.itemsize == 1:
                continue
            low = 0 if code[0] in "bu" else -3
            array = (numpy.arange(low, low + 6) * (37 if code[0] == "i" else 1)).reshape(2, 3).astype(type_)
            result[f"{code}-{'little' if order == '<' else 'big'}"] = array
    cube = numpy.arange(24).reshape(2, 3, 4)
    result["fortran-f4"] = numpy.asfortranarray(cube.astype("<f4"))
    result["fortran-u1"] = numpy.asfortranarray(cube.astype("u1"))
    result["fortran-big"] = numpy.asfortranarray(cube.astype(">i2"))
    result["scalar"] = numpy.array(2.5)
    result["vector"] = numpy.arange(3)
    result["empty"] = numpy.zeros((0, 3), "f4")
    return result


def write_arrays():
    both = OrderedDict()
    for name, array in arrays().items():
        wide = {"b1": "?", "i1": "<i4", "i2": "<i4", "i4": "<i4", "i8": "<i8", "u1": "<i4", "u2": "<i4", "u4": "<i8", "u8": "<i8", "f2": "<f4", "f4": "<f4", "f8": "<f8"}[array.dtype.str[1:]]
        both[name] = array
        both[name + ".widened"] = numpy.ascontiguousarray(array.astype(wide)).reshape(array.shape)
    numpy.savez(HERE / "arrays.npz", **both)
    numpy.savez_compressed(HERE / "compressed.npz", **both, zeros=numpy.zeros(20_000, "f4"))
    for name, version in [("version1.npy", (1, 0)), ("version2.npy", (2, 0)), ("version3.npy", (3, 0))]:
        with open(HERE / name, "wb") as file:
            numpy.lib.format.write_array(file, numpy.arange(6, dtype="<f4").reshape(2, 3), version)
    for name, array in {"complex": numpy.ones(2, "c8"), "object": numpy.array([{}, 1], object), "structured": numpy.zeros(2, [("a", "f4"), ("b", "i4")]), "text": numpy.array(["ab", "c"]),
                        "time": numpy.array(["2020-01-01"], "M8[D]"), "long-double": numpy.ones(1, numpy.longdouble)}.items():
        numpy.save(HERE / f"refused-{name}.npy", array, allow_pickle=True)


def formula(shape, modulus, divisor):
    count = int(numpy.prod(shape, dtype=int))
    return ((numpy.arange(count) % modulus - modulus // 2) / divisor).reshape(shape)


def check():
    """What tests/Backprop.Tests/Serialization/PythonFilesTests.cs writes, by the same formulas."""
    expected = {"conv.weight": formula((3, 1, 2, 2), 17, 8).astype("f4"), "conv.bias": formula((3,), 5, 4).astype("f4"), "double": formula((2, 5), 7, 3).astype("f8"),
                "int": formula((4,), 9, 1).astype("i4"), "long": formula((2, 2), 3, 1).astype("i8") * 2 ** 40, "mask": formula((5,), 2, 1) != 0, "scalar": numpy.array(1.5, "f4"), "empty": numpy.zeros((0, 2), "f4")}

    def same(found, where):
        assert list(sorted(found)) == sorted(expected), where
        for name, array in expected.items():
            assert found[name].dtype == array.dtype and found[name].shape == array.shape and numpy.array_equal(found[name], array), (where, name)

    tensors, metadata = read_safetensors(WRITTEN / "tensors.safetensors")
    same({name: tensor.numpy() for name, tensor in tensors.items()}, "tensors.safetensors")
    assert metadata == {"format": "pt", "note": "größe"}
    index = json.loads((WRITTEN / "tensors.safetensors.index.json").read_text())
    parts = {file: read_safetensors(WRITTEN / file)[0] for file in set(index["weight_map"].values())}
    same({name: parts[file][name].numpy() for name, file in index["weight_map"].items()}, "index")
    assert index["metadata"]["total_size"] == sum(array.nbytes for array in expected.values())
    for name in ["arrays.npz", "compressed.npz"]:
        with numpy.load(WRITTEN / name) as file:
            same({key: file[key] for key in file.files}, name)
    for name, array in expected.items():
        path = WRITTEN / f"{name}.npy"
        assert numpy.array_equal(numpy.load(path), array)
        again = WRITTEN / "again.npy"
        numpy.save(again, array)
        assert again.read_bytes() == path.read_bytes(), f"{name}: NumPy writes other bytes"
        again.unlink()
    for path in sorted(WRITTEN.iterdir()):
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path.name)


def model(path):
    """From the command to PyTorch, and back."""
    state, metadata = read_safetensors(path)
    network = torch.nn.Sequential(OrderedDict([("conv", torch.nn.Conv2d(1, 30, 5)), ("1", torch.nn.ReLU()), ("2", torch.nn.MaxPool2d(2)), ("3", torch.nn.Flatten()),
                                               ("fc1", torch.nn.Linear(4320, 100)), ("5", torch.nn.ReLU()), ("fc2", torch.nn.Linear(100, 10))]))
    print(network.load_state_dict(state))
    examples = {key: torch.frombuffer(bytearray(base64.b64decode(entry["bytes"])), dtype=torch.float32).reshape(entry["shape"]) for key, entry in json.loads(metadata["backprop.examples"]).items()}
    with torch.no_grad():
        difference = (network(examples["inputs"]) - examples["outputs"]).abs().max().item()
    print(f"the outputs differ by {difference:.1e} at most, the largest is {examples['outputs'].abs().max().item():.1f}")
    weights = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        weights.update(f"{name} Float32 [{', '.join(map(str, tensor.shape))}]\n".encode() + raw(tensor))
    print("weights", weights.hexdigest())
    write_safetensors(pathlib.Path("from-python.safetensors"), network.state_dict(), {"format": "pt"})
    torch.save(network.state_dict(), "from-python.pt")


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        print("PyTorch", torch.__version__, "NumPy", numpy.__version__)
        write_dtypes()
        write_convnet()
        write_views()
        write_checkpoint()
        write_arrays()
    elif sys.argv[1:] == ["check"]:
        check()
    elif sys.argv[1:2] == ["model"]:
        model(pathlib.Path(sys.argv[2]))
    else:
        print(__doc__)
