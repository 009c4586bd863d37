"""Writes outputs.txt: what PyTorch makes of the inputs, with the weights of the model files beside it. Needs PyTorch and NumPy; the tests need neither.

  python3 models.py
"""
import base64
import json
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

here = Path(__file__).parent


def read(path):
    data = path.read_bytes()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__")
    kinds = {"F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[8 + length + begin:8 + length + end], kinds[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.tensor(values.astype(np.float64))
    return metadata, tensors


def linear(x, w, name):
    return F.linear(x, w[name + ".weight"], w[name + ".bias"])


def norm(x, w, name):
    return F.batch_norm(x, *(w[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")), eps=1e-5)


def neuron(x, w):
    return torch.sigmoid(linear(x, w, "fc"))


def tiny_mlp(x, w):
    x = F.relu(linear(x, w, "fc1"))
    x = F.relu(linear(x, w, "fc2"))
    return torch.sigmoid(linear(x, w, "fc3"))


def described(x, w):
    x = F.max_pool2d(F.relu(norm(F.conv2d(x, w["conv.weight"], padding=1), w, "bn")), 2)
    body = F.conv2d(x, w["block.body.conv1.weight"], w["block.body.conv1.bias"], stride=(1, 2), padding=(1, 0), groups=2)
    body = F.leaky_relu(norm(body, w, "block.body.bn1"), 0.2)
    x = body + F.conv2d(x, w["block.shortcut.weight"], w["block.shortcut.bias"], stride=(1, 2))
    x = 0.5 * x * (1 + torch.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))
    x = torch.flatten(F.adaptive_avg_pool2d(x, (2, 1)), 1)
    x = F.layer_norm(x, (12,), w["8.weight"], w["8.bias"], eps=1e-5)
    return linear(x, w, "fc")


result = {}
for name, function, inputs in [
    ("neuron-0", neuron, [[0.25], [-2.0], [7.5]]),
    ("tiny-mlp-0", tiny_mlp, [[0.1, 0.2, 0.3, 0.4], [0.9, 0.05, 0.5, 0.7]]),
    ("described-1", described, None),
]:
    metadata, weights = read(here / f"{name}.safetensors")
    if inputs is None:
        example = json.loads(metadata["backprop.examples"])["inputs"]
        x = torch.tensor(np.frombuffer(base64.b64decode(example["bytes"]), np.float32).reshape(example["shape"]).astype(np.float64))
    else:
        x = torch.tensor(inputs, dtype=torch.float64)
    result[name] = {"shape": list(x.shape), "inputs": x.flatten().tolist(), "outputs": function(x, weights).flatten().tolist()}
(here / "outputs.txt").write_text(json.dumps(result, indent=1) + "\n")
